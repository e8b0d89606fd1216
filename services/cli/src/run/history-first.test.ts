import { expect, test } from 'vitest';
import { historyFirst } from './history-first.ts';

test('history is told in the order of its time, whichever stream is read first', () => {
  const told: string[] = [];
  const tell = (text: string) => () => void told.push(text);
  const order = historyFirst(['RUNS', 'WORK']);
  order.put('WORK', 2, tell('awarded'));
  order.put('WORK', 3, tell('awarded again'));
  order.caughtUp('WORK');
  order.put('WORK', 9, tell('awarded while RUNS was behind'));
  order.put('RUNS', 1, tell('started'));
  order.put('RUNS', 3, tell('tried again'));
  expect(told).toEqual([]);
  order.caughtUp('RUNS');
  expect(told).toEqual(['started', 'awarded', 'tried again', 'awarded again', 'awarded while RUNS was behind']);
});

test('after the history everything is told as it comes', () => {
  const told: number[] = [];
  const order = historyFirst(['RUNS', 'WORK']);
  order.caughtUp('RUNS');
  order.caughtUp('WORK');
  order.caughtUp('RUNS');
  for (const at of [5, 4]) order.put('WORK', at, () => void told.push(at));
  expect(told).toEqual([5, 4]);
});
