import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HeldAcks } from './held-acks.ts';
import type { Link } from './link.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function started(): { acks: HeldAcks; sent: string[] } {
  const sent: string[] = [];
  const link: Pick<Link, 'send'> = {
    send: (subject, payload) => sent.push(`${subject} ${new TextDecoder().decode(payload)}`) > 0,
  };
  return { acks: new HeldAcks(link as Link), sent };
}

test('acks leave together, in their order, a moment after the first', () => {
  const { acks, sent } = started();
  acks.add('a');
  vi.advanceTimersByTime(10);
  acks.add('b');
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(10);
  expect(sent).toEqual(['a +ACK', 'b +ACK']);
  vi.advanceTimersByTime(1_000);
  expect(sent).toHaveLength(2);
});

test('many acks do not wait for the moment to pass', () => {
  const { acks, sent } = started();
  for (let i = 0; i < 300; i++) acks.add(`r${i}`);
  expect(sent).toHaveLength(256);
  vi.advanceTimersByTime(20);
  expect(sent).toHaveLength(300);
});

test('what is held can be sent at once, and is not sent again', () => {
  const { acks, sent } = started();
  acks.add('a');
  acks.send();
  acks.send();
  vi.advanceTimersByTime(20);
  expect(sent).toEqual(['a +ACK']);
});
