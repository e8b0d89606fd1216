export { analyse } from './analyse.ts';
export { bidAs, type Job } from './bid.ts';
export { createResearch } from './research.ts';
export { createReview } from './review.ts';
export { defineSkill, type Skill } from './skill.ts';
