import { createMemoryBroker, ManualClock } from '@parley/bus';
import { type Body, Control } from '@parley/contracts';
import { expect, test } from 'vitest';
import { followFences } from './fences.ts';

async function world() {
  const clock = new ManualClock();
  const bus = createMemoryBroker({ clock, onLog: () => {} }).connect('test');
  let commands = 0;
  return {
    fences: await followFences(bus, () => {}),
    async command(scope: string, ns: string, id: string, verb: Body<typeof Control>['verb']): Promise<number> {
      const payload = Control.encode({ verb, by: 'operator', reason: 'the test says so' });
      const subject = Control.toSubject({ scope, ns, id });
      const { sequence } = await bus.storeOne({ subject, payload, id: `command${++commands}` });
      await clock.advance(0);
      return sequence;
    },
  };
}

test('a halt of a run, its namespace or everything fences what is older', async () => {
  const { fences, command } = await world();
  const halted = await command('run', 'acme', 'r1', 'halt');
  expect([fences.fenced('acme', 'r1', halted - 1), fences.fenced('acme', 'r1', halted)]).toEqual([true, false]);
  expect(fences.fenced('acme', 'r2', 0)).toBe(false);
  await command('namespace', 'acme', 'all', 'halt');
  expect([fences.fenced('acme', 'r2', 0), fences.fenced('other', 'r2', 0)]).toEqual([true, false]);
  await command('everything', 'all', 'all', 'halt');
  expect(fences.fenced('other', 'r2', 0)).toBe(true);
});

test('after a wide resume runs are awarded again, those that never heard of the halt too', async () => {
  const { fences, command } = await world();
  for (const [scope, ns] of [
    ['namespace', 'acme'],
    ['everything', 'all'],
  ] as const) {
    await command(scope, ns, 'all', 'halt');
    expect(fences.fenced('acme', 'r1', 0)).toBe(true);
    await command(scope, ns, 'all', 'resume');
    expect(fences.fenced('acme', 'r1', 0)).toBe(false);
  }
});
