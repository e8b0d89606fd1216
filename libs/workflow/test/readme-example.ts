import { concurrent, definitionDigest, from, gate, map, sequence, task, workflow } from '@parley/workflow';

const answer = (id: string) => task(id, { capability: 'answer', input: { question: from('/input/goal') } });

export const both = workflow(
  'both',
  sequence('all', [
    concurrent('views', [answer('first'), answer('second')]),
    map('parts', from('/steps/views'), task('part', { capability: 'answer', input: from('/item') })),
    gate('final', task('together', { capability: 'synthesize' }), [{ schema: { type: 'object' } }], { rounds: 2 }),
  ]),
  { limits: { tokens: 50_000 } },
);
/** The same as that of a file which says the same. */
export const digest = definitionDigest(both);
