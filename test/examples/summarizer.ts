import { defineAgent, propose } from '@parley/agent';
import { runAgent } from '@parley/agent-runtime';
import { z } from 'zod';

const summarizer = defineAgent({
  name: 'summarizer',
  version: '1.0.0',
  description: 'Says in a few sentences what a text tells about something.',
  capabilities: {
    summarize: {
      description: 'What a text tells about something.',
      input: z.object({ text: z.string(), about: z.string() }),
      output: z.object({ summary: z.string() }),
    },
  },
  bid: (task, { inHand }) => propose({ etaMs: 2_000 * (1 + inHand), cost: task.inputBytes, confidence: 0.8 }),
  perform: {
    async summarize({ text, about }, { chat }) {
      return { summary: (await chat('summarize', { user: `${text}\n\nQuestion: What about ${about}?` })).text };
    },
  },
});

await runAgent('summarizer', () => summarizer);
