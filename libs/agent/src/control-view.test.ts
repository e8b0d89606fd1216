import { Control } from '@parley/contracts';
import { expect, test } from 'vitest';
import { createControlView } from './control-view.ts';

const by = { by: 'operator', reason: 'because' };
const runSubject = Control.toSubject({ scope: 'run', ns: 'acme', id: 'r1' });
const everything = Control.toSubject({ scope: 'everything', ns: 'acme', id: 'all' });

test('a halt stops work of an older epoch and leaves newer work alone', () => {
  const view = createControlView('acme', 'writer');
  view.apply(runSubject, 7, { verb: 'halt', ...by });
  expect(view.stopFor({ run: 'r1', epoch: 6 })).toEqual({ verb: 'halt', epoch: 7, reason: 'because' });
  expect(view.stopFor({ run: 'r1', epoch: 7 })).toBeUndefined();
  expect(view.stopFor({ run: 'r2', epoch: 0 })).toBeUndefined();
});

test('a resume lifts the halt, and the halt delivered again does not come back', () => {
  const view = createControlView('acme', 'writer');
  view.apply(runSubject, 7, { verb: 'halt', ...by });
  expect(view.apply(runSubject, 9, { verb: 'resume', ...by })).toBe(true);
  expect(view.apply(runSubject, 7, { verb: 'halt', ...by })).toBe(false);
  expect(view.stopFor({ run: 'r1', epoch: 0 })).toBeUndefined();
});

test('commands for another namespace, another agent or a workflow do not concern this agent', () => {
  const view = createControlView('acme', 'writer');
  for (const [scope, ns, id] of [
    ['run', 'other', 'r1'],
    ['namespace', 'other', 'other'],
    ['agent', 'acme', 'planner'],
    ['workflow', 'acme', 'research'],
  ] as const) {
    expect(view.apply(Control.toSubject({ scope, ns, id }), 5, { verb: 'halt', ...by })).toBe(false);
  }
  expect(view.stopFor({ run: 'r1', epoch: 0 })).toBeUndefined();
});

test.each(['agent', 'namespace'] as const)('a halt of the %s stops every run', (scope) => {
  const view = createControlView('acme', 'writer');
  view.apply(Control.toSubject({ scope, ns: 'acme', id: scope === 'agent' ? 'writer' : 'acme' }), 5, {
    verb: 'halt',
    ...by,
  });
  expect(view.stopFor({ run: 'any', epoch: 4 })?.verb).toBe('halt');
});

test('a halt outweighs a pause, whichever scope it comes from', () => {
  const view = createControlView('acme', 'writer');
  view.apply(runSubject, 7, { verb: 'pause', ...by });
  expect(view.stopFor({ run: 'r1', epoch: 0 })?.verb).toBe('pause');
  view.apply(everything, 8, { verb: 'halt', ...by });
  expect(view.stopFor({ run: 'r1', epoch: 0 })).toMatchObject({ verb: 'halt', epoch: 8 });
});

test('of many commanded runs the newest are kept, and what was dropped is not applied again', () => {
  const view = createControlView('acme', 'writer');
  const runs = 10_001;
  const subjectOf = (i: number): string => Control.toSubject({ scope: 'run', ns: 'acme', id: `r${i}` });
  view.apply(subjectOf(0), 1, { verb: 'resume', ...by });
  for (let i = 1; i < runs; i++) view.apply(subjectOf(i), i + 1, { verb: 'halt', ...by });
  expect(view.stopFor({ run: 'r1', epoch: 0 })?.verb).toBe('halt');
  expect(view.stopFor({ run: `r${runs - 1}`, epoch: 0 })?.verb).toBe('halt');
  expect(view.apply(subjectOf(0), 1, { verb: 'halt', ...by })).toBe(false);
  view.apply(subjectOf(runs), runs + 1, { verb: 'halt', ...by });
  expect(view.stopFor({ run: 'r1', epoch: 0 })).toBeUndefined();
  expect(view.stopFor({ run: 'r2', epoch: 0 })?.verb).toBe('halt');
});
