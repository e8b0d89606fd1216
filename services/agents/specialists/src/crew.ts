import { specialist } from './specialist.ts';

export const scout = specialist({
  name: 'scout',
  description: 'Looks at what is there before others build.',
  capability: 'scout',
  question: 'What is there, and what is missing?',
});

export const builder = specialist({
  name: 'builder',
  description: 'Builds what was asked for from what scouts found.',
  capability: 'build',
  question: 'What should be built?',
});

export const generalist = specialist({
  name: 'generalist',
  description: 'Answers one question from the material given with it.',
  capability: 'answer',
  question: 'What does the material say?',
});

export const player = specialist({
  name: 'player',
  description: 'Plays a role: role, goal and backstory come with the task.',
  capability: 'play_role',
  question: 'What does the role contribute?',
});
