import { expect, test } from 'vitest';
import { Mailboxes, type Mail } from './mailboxes.ts';

const mail = (run: string, id: string): Mail => ({
  key: { ns: 'a', run },
  signal: { id, at: 1, kind: 'nudge' },
  traceparent: undefined,
  redelivered: false,
  done() {},
  again() {},
  poison() {},
});

const ids = (boxes: Mailboxes): string[][] => boxes.take().map((batch) => batch.mail.map((item) => item.signal.id));

test('signals of one run that wait together come out together, in order', () => {
  const boxes = new Mailboxes();
  for (const item of [mail('r1', 'a'), mail('r2', 'b'), mail('r1', 'c')]) boxes.put(item);
  expect(ids(boxes)).toEqual([['a', 'c'], ['b']]);
});

test('a run that is being decided on is not handed out again until it is released', () => {
  const boxes = new Mailboxes();
  boxes.put(mail('r1', 'a'));
  const [batch] = boxes.take();
  boxes.put(mail('r1', 'b'));
  boxes.put(mail('r1', 'c'));
  expect(ids(boxes)).toEqual([]);
  expect(boxes.idle).toBe(false);
  expect(boxes.release(batch?.key ?? { ns: '', run: '' })).toBe(true);
  expect(ids(boxes)).toEqual([['b', 'c']]);
});

test('runs of different namespaces with the same id are different runs', () => {
  const boxes = new Mailboxes();
  boxes.put(mail('r1', 'a'));
  boxes.put({ ...mail('r1', 'b'), key: { ns: 'b', run: 'r1' } });
  expect(ids(boxes)).toEqual([['a'], ['b']]);
});

test('it is idle when nothing waits and nothing is out', () => {
  const boxes = new Mailboxes();
  expect(boxes.idle).toBe(true);
  boxes.put(mail('r1', 'a'));
  const [batch] = boxes.take();
  expect(boxes.release(batch?.key ?? { ns: '', run: '' })).toBe(false);
  expect(boxes.idle).toBe(true);
});
