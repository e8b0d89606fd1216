import { defineAgent } from '@parley/agent';
import { z } from 'zod';
import { Given, prompt, replyTo, textOf } from './reply.ts';

const Turn = z.object({ text: z.string(), agree: z.boolean(), confidence: z.number().min(0).max(1) });

/** One voice of a creative workshop: speaks once per turn, and says whether it is content with the text as it stands. */
const voice = (name: string, description: string) => {
  const system = prompt(name);
  return defineAgent({
    name,
    version: '1.0.0',
    description,
    capabilities: { speak: { description, input: Given, output: Turn } },
    perform: {
      async speak(given, context) {
        const question = textOf(given, 'topic') ?? 'What should be written?';
        const { text, confidence } = await replyTo('speak', given, context, { system, question });
        const spoken = Array.isArray(given['transcript']) ? given['transcript'].length : 0;
        return { text, confidence, agree: spoken > 0 && confidence >= 0.5 };
      },
    },
  });
};

export const storyteller = voice('storyteller', 'Drafts and redrafts the text.');
export const editor = voice('editor', 'Tightens the text and keeps it true to the brief.');
export const critic = voice('critic', 'Says what does not work yet, and why.');
