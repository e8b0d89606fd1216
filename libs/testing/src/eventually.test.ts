import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';

test('what holds at once is returned without a second try', async () => {
  let tries = 0;
  expect(await eventually(() => ++tries)).toBe(1);
});

test('an assertion that fails at first is tried until it holds', async () => {
  let tries = 0;
  const value = await eventually(
    async () => {
      tries++;
      expect(tries).toBeGreaterThan(2);
      return `try ${tries}`;
    },
    { everyMs: 1 },
  );
  expect(value).toBe('try 3');
});

test('at the deadline the last error is in the message and the cause', async () => {
  let tries = 0;
  const failing = eventually(
    () => {
      throw new Error(`problem ${++tries}`);
    },
    { timeoutMs: 20, everyMs: 1 },
  );
  const error: unknown = await failing.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).message).toBe(`not so within 20 ms: problem ${tries}`);
  expect((error as Error).cause).toHaveProperty('message', `problem ${tries}`);
});

test('a try that never ends is given up at the deadline', async () => {
  const hanging = eventually(async () => await new Promise(() => {}), { timeoutMs: 20 });
  await expect(hanging).rejects.toThrow('not so within 20 ms: the first try did not end');
});
