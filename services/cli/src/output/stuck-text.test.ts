import { expect, test } from 'vitest';
import { durationText, stuckText } from './stuck-text.ts';

test('a stuck run is told with what it waits for, who is missing, and its circles', () => {
  const now = 10_000_000;
  const text = stuckText(
    {
      run: 'r1',
      workflow: 'flow',
      status: 'running',
      updatedAt: now - 125_000,
      wakeAt: now - 60_000,
      waits: [
        {
          path: '0.0',
          id: 'a',
          kind: 'task',
          for: 'agent',
          text: 'an agent',
          until: now + 90_000,
          capability: 'paint',
        },
        { path: '0.1', id: 'w', kind: 'wait', for: 'event', text: 'the event b: parley signal r1 b' },
      ],
      more: 3,
      cycles: [{ ids: ['w', 'b'], text: 'w waits for b, which cannot begin before w is over' }],
    },
    ['paint'],
    now,
  );
  expect(text.split('\n')).toEqual([
    'r1  flow  running, silent for 2 min 5 s',
    '  a (task) waits for an agent, at the latest in 1 min 30 s; no agent that is alive can paint',
    '  w (wait) waits for the event b: parley signal r1 b',
    '  and 3 more',
    '  circle w → b → w: w waits for b, which cannot begin before w is over',
    '  its wake-up was due 1 min ago: see parley doctor, is a conductor there?',
  ]);
});

test.each([
  [0, '0 s'],
  [59_400, '59 s'],
  [3_600_000, '1 h'],
  [90_061_000, '1 d 1 h'],
])('%i ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
