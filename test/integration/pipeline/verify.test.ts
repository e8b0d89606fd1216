import { type Decision, type RunEvent, sealDecision } from '@parley/contracts';
import { expect, test } from 'vitest';
import type { History } from './history.ts';
import { openStage, runConductor, runRouter } from './stage.ts';
import { violations } from './verify.ts';

async function sound(): Promise<History> {
  const stage = openStage();
  await runConductor(stage.connect());
  await runRouter(stage.connect());
  await stage.submit();
  return (await stage.settled()).history;
}

/** The same log with other events, numbered, chained and hashed anew: only what its events say can be wrong. */
function resealed(history: History, change: (events: RunEvent[], index: number) => RunEvent[]): History {
  const decisions: Decision[] = [];
  for (const [i, { hash: _hash, ...decision }] of history.decisions.entries()) {
    const events = change(decision.events, i);
    decisions.push(sealDecision({ ...decision, prev: decisions.at(-1)?.hash ?? '', events }).decision);
  }
  return { ...history, decisions };
}

const eachEvent = (history: History, change: (event: RunEvent) => RunEvent[]): History =>
  resealed(history, (events) => events.flatMap(change));

const plants: [string, (history: History) => History][] = [
  ['a missing decision', (history) => ({ ...history, decisions: history.decisions.toSpliced(2, 1) })],
  [
    'two decisions in the wrong order',
    ({ decisions: [a, b, c, ...rest], ...history }) => ({ ...history, decisions: [a, c, b, ...rest] as Decision[] }),
  ],
  [
    'an edited decision',
    (history) => ({
      ...history,
      decisions: history.decisions.map((decision) => ({ ...decision, at: decision.at + 1 })),
    }),
  ],
  ['no end', (history) => eachEvent(history, (event) => (event.type === 'RunSettled' ? [] : [event]))],
  ['two ends', (history) => eachEvent(history, (event) => (event.type === 'RunSettled' ? [event, event] : [event]))],
  [
    'an attempt opened twice',
    (history) => eachEvent(history, (event) => (event.type === 'TaskScheduled' ? [event, event] : [event])),
  ],
  [
    'an attempt closed twice',
    (history) => eachEvent(history, (event) => (event.type === 'AttemptClosed' ? [event, event] : [event])),
  ],
  [
    'a skipped attempt number',
    (history) => eachEvent(history, (event) => [event.type === 'TaskScheduled' ? { ...event, attempt: 2 } : event]),
  ],
  [
    'a report of another than the holder',
    (history) =>
      eachEvent(history, (event) => [
        event.type === 'AttemptClosed' ? { ...event, by: { agent: 'thief', instance: 'i1' } } : event,
      ]),
  ],
  [
    'work of an epoch below the fence',
    (history) =>
      resealed(history, (events, i) =>
        i === 1 ? [{ type: 'ControlApplied', verb: 'halt', epoch: 9, by: 'x', reason: '' }, ...events] : events,
      ),
  ],
  [
    'two awards of an attempt',
    (history) => ({ ...history, awards: history.awards.flatMap((award) => [award, award]) }),
  ],
  [
    'an award of nothing',
    (history) => ({
      ...history,
      awards: history.awards.map(({ agent, award }) => ({ agent, award: { ...award, attempt: 7 } })),
    }),
  ],
  [
    'an award to the lesser bid',
    (history) => ({
      ...history,
      awards: history.awards.map(({ award }) => ({ agent: award.reasons.bids[1]?.agent ?? '', award })),
    }),
  ],
  [
    'a score that the bids do not give',
    (history) => ({
      ...history,
      awards: history.awards.map(({ agent, award }) => {
        const bids = award.reasons.bids.map((bid) => ({ ...bid, score: bid.score + 0.1 }));
        return { agent, award: { ...award, reasons: { ...award.reasons, bids } } };
      }),
    }),
  ],
];

test('a run as the services leave it has no violation, and survives being sealed anew', async () => {
  const history = await sound();
  expect(violations(history)).toEqual([]);
  expect(violations(resealed(history, (events) => events))).toEqual([]);
});

test.each(plants)('%s is found', async (_, plant) => {
  expect(violations(plant(await sound()))).not.toEqual([]);
});
