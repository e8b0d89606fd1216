import { Control } from '@parley/contracts';
import { expect, test } from 'vitest';
import { type Controlled, createControlState } from './control-state.ts';

const work = (change: Partial<Controlled> = {}): Controlled => ({
  ns: 'acme',
  run: 'r1',
  agent: 'writer',
  workflow: 'research',
  epoch: 0,
  startedAt: 100,
  ...change,
});
const command = (verb: 'halt' | 'pause' | 'resume') => ({ verb, by: 'ops', reason: 'test' });
const subject = (scope: string, id: string, ns = 'acme') => Control.toSubject({ scope, ns, id });

test.each([
  ['run', 'r1', { run: 'r2' }],
  ['agent', 'writer', { agent: 'analyst' }],
  ['workflow', 'research', { workflow: 'other' }],
  ['namespace', 'acme', { ns: 'other' }],
])('a halt of a %s stops its work and nothing else', (scope, id, elsewhere) => {
  const control = createControlState();
  control.apply(subject(scope, id), 5, 200, command('halt'));
  expect(control.refuse(work({ epoch: 9 }))?.reason).toBe('halted');
  expect(control.endsLease(work())?.reason).toBe('halted');
  expect(control.refuse(work(elsewhere))).toBeUndefined();
});

test('a halt of everything stops every namespace', () => {
  const control = createControlState();
  control.apply(subject('everything', 'all', 'any'), 5, 200, command('halt'));
  expect(control.refuse(work({ ns: 'other' }))?.reason).toBe('halted');
});

test('a pause stops new calls and lets those under way end', () => {
  const control = createControlState();
  control.apply(subject('run', 'r1'), 5, 200, command('pause'));
  expect(control.refuse(work())?.reason).toBe('paused');
  expect(control.endsLease(work())).toBeUndefined();
  control.apply(subject('run', 'r1'), 6, 300, command('resume'));
  expect(control.refuse(work())).toBeUndefined();
});

test('after a resume the work of an epoch before the halt stays fenced', () => {
  const control = createControlState();
  control.apply(subject('run', 'r1'), 5, 200, command('halt'));
  control.apply(subject('run', 'r1'), 8, 300, command('resume'));
  expect(control.refuse(work({ epoch: 4 }))?.reason).toBe('fenced');
  expect(control.endsLease(work({ epoch: 4 }))?.reason).toBe('fenced');
  expect(control.refuse(work({ epoch: 8 }))).toBeUndefined();
});

test('a run that started after a wide halt was lifted is not fenced by it', () => {
  const control = createControlState();
  control.apply(subject('namespace', 'acme'), 5, 200, command('halt'));
  control.apply(subject('namespace', 'acme'), 8, 300, command('resume'));
  expect(control.refuse(work({ startedAt: 400 }))).toBeUndefined();
  expect(control.refuse(work({ startedAt: 150 }))?.reason).toBe('fenced');
});

test('a halt that is delivered again does not undo a resume', () => {
  const control = createControlState();
  control.apply(subject('run', 'r1'), 5, 200, command('halt'));
  control.apply(subject('run', 'r1'), 8, 300, command('resume'));
  expect(control.apply(subject('run', 'r1'), 5, 200, command('halt'))).toBe(false);
  expect(control.refuse(work({ epoch: 8 }))).toBeUndefined();
});
