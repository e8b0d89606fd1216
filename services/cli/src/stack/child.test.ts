import { expect, test } from 'vitest';
import { lastWords, readyLine } from './child.ts';

test('the ready line of a service names its port', () => {
  expect(readyLine('{"level":"info","event":"service.ready","http":4711}')).toEqual({ httpPort: 4_711 });
  expect(readyLine('{"level":"info","event":"service.ready","http":null}')).toEqual({ httpPort: undefined });
});

test('other lines are not taken for it', () => {
  expect(readyLine('{"event":"service.readiness","ready":true}')).toBeUndefined();
  expect(readyLine('waiting for "service.ready"')).toBeUndefined();
});

test('the last words are the newest error, not what came after it', () => {
  const lines = [
    '{"level":"fatal","event":"service.failed","err":{"message":"cannot connect\\n at x"}}',
    '{"level":"info","event":"service.stopped","code":1}',
  ];
  expect(lastWords(lines)).toBe('cannot connect');
});

test('the last words may be plain text', () => {
  expect(lastWords(['PARLEY_LEASE_KEY is required', ''])).toBe('PARLEY_LEASE_KEY is required');
  expect(lastWords([])).toBe('it said nothing');
});

test('of an uncaught error the message counts, not what Node prints after it', () => {
  expect(lastWords(["Error: Cannot find module '/x/main.ts'", '    at resolve (node:x)', 'Node.js v24.21.0'])).toBe(
    "Error: Cannot find module '/x/main.ts'",
  );
});
