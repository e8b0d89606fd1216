import { BusError } from '@parley/bus';
import {
  encodeJson,
  type Json,
  type Problem,
  QueryWorkflow,
  QueryWorkflows,
  WorkflowRegister,
} from '@parley/contracts';
import { expect, test } from 'vitest';
import { openWorld, task, type World } from './testing/world.ts';

const NS = 'acme';

async function ask(world: World, message: { reply?: unknown }, subject: string, body: unknown): Promise<Json> {
  const answer = await world.bus.request({ subject, payload: encodeJson(body) }, { timeoutMs: 1_000 });
  expect(message.reply).toBeDefined();
  return JSON.parse(new TextDecoder().decode(answer.payload)) as Json;
}

const register = (world: World, definition: object, workflow = 'flow'): Promise<Json> =>
  ask(world, WorkflowRegister, WorkflowRegister.toSubject({ ns: NS, workflow }), { name: workflow, ...definition });

async function refusalOf(world: World, definition: object): Promise<Problem> {
  try {
    await register(world, definition);
  } catch (error) {
    if (error instanceof BusError && error.problem !== undefined) return error.problem;
    throw error;
  }
  throw new Error('the definition was accepted');
}

const sequence = (...steps: unknown[]) => ({ kind: 'sequence', id: 's', steps });
const many = (n: number) => Array.from({ length: n }, (_, i) => task(`t${i}`));
const nested = (levels: number) =>
  Array.from({ length: levels }).reduce<unknown>(
    (inner, _, i) => ({ kind: 'sequence', id: `n${i}`, steps: [inner] }),
    task('t'),
  );
const input = (text: string) => task('t', { input: { text } });
const schema = (inputSchema: unknown) => ({ root: task('t'), inputSchema });

test.each<[string, object, string, string]>([
  ['no root', {}, 'workflow_empty', '/root'],
  ['a sequence without steps', { root: sequence() }, 'workflow_empty', '/root/steps'],
  [
    'a step whose condition is false',
    { root: sequence(task('a', { when: 'false' })) },
    'unreachable',
    '/root/steps/0/when',
  ],
  [
    'steps behind the end',
    { root: { ...sequence(task('a'), task('b')), stopWhen: 'true' } },
    'unreachable',
    '/root/steps/1',
  ],
  ['an id twice', { root: sequence(task('a'), task('a')) }, 'duplicate_id', '/root/steps/1/id'],
  [
    'a step that is not there',
    { root: sequence(task('a'), task('b', { input: { $from: '/steps/x' } })) },
    'reference_unknown',
    '/root/steps/1/input',
  ],
  ['10,001 steps', { root: sequence(...many(10_001)) }, 'limit_exceeded', '/root/steps'],
  ['10,001 nodes', { root: sequence(...many(10_000)) }, 'limit_exceeded', '/root/steps/9999'],
  ['nesting of 101', { root: nested(101) }, 'limit_exceeded', `/root${'/steps/0'.repeat(99)}`],
  ['nesting of 1,000', { root: nested(1_000) }, 'limit_exceeded', '/root'],
  ['an unknown kind', { root: { ...task('a'), kind: 'tsak' } }, 'kind_unknown', '/root/kind'],
  ['an unknown member', { root: task('a', { capabilty: 'x' }) }, 'key_unknown', '/root/capabilty'],
  [
    'an expression that reaches a constructor',
    { root: task('a', { when: "input.constructor.constructor('x')()" }) },
    'expression_invalid',
    '/root/when',
  ],
  ['a division by zero', { root: task('a', { when: '1 / 0 > 1' }) }, 'expression_invalid', '/root/when'],
  [
    'a regular expression',
    { root: task('a', { when: 'input.text.matches("(a+)+$")' }) },
    'expression_invalid',
    '/root/when',
  ],
  [
    'an expression of 5,000 characters',
    { root: task('a', { when: `input == "${'x'.repeat(5_000)}"` }) },
    'limit_exceeded',
    '/root/when',
  ],
  ['a timeout of zero', { root: task('a', { performMs: 0 }) }, 'limit_exceeded', '/root/performMs'],
  ['a negative timeout', { root: task('a', { performMs: -5_000 }) }, 'limit_exceeded', '/root/performMs'],
  ['a timeout in words', { root: task('a', { performMs: 'soon' }) }, 'value_invalid', '/root/performMs'],
  ['a timeout of 400 days', { root: task('a', { performMs: 400 * 86_400_000 }) }, 'limit_exceeded', '/root/performMs'],
  ['a million attempts', { root: task('a', { attempts: 1_000_000 }) }, 'limit_exceeded', '/root/attempts'],
  ['an API key', { root: input(`use sk-ant-${'a1'.repeat(12)}`) }, 'secret_inline', '/root/input/text'],
  ['an AWS key', { root: input('AKIAIOSFODNN7EXAMPLE') }, 'secret_inline', '/root/input/text'],
  ['a private key', { root: input('-----BEGIN RSA PRIVATE KEY-----') }, 'secret_inline', '/root/input/text'],
  [
    'a bearer token',
    { root: input('Authorization: Bearer abcdefghijklmnop1234') },
    'secret_inline',
    '/root/input/text',
  ],
  ['a password in a URL', { root: input('postgres://me:hunter2@db/x') }, 'secret_inline', '/root/input/text'],
  [
    'a secret in the description',
    { root: task('a'), description: 'redis://:s3cret@cache' },
    'secret_inline',
    '/description',
  ],
  ['a remote schema', schema({ $ref: 'https://example.com/x.json' }), 'schema_forbidden', '/inputSchema'],
  [
    'a recursive schema',
    schema({ type: 'object', properties: { a: { $ref: '#' } } }),
    'schema_forbidden',
    '/inputSchema',
  ],
  [
    'a recursive definition',
    schema({ $defs: { n: { anyOf: [{ $ref: '#/$defs/m' }] }, m: { $ref: '#/$defs/n' } }, $ref: '#/$defs/n' }),
    'schema_forbidden',
    '/inputSchema',
  ],
  [
    'a schema of 300 KiB',
    schema({ enum: Array.from({ length: 30_000 }, (_, i) => `word-${i}`) }),
    'schema_forbidden',
    '/inputSchema',
  ],
])('%s is refused with its code and place', async (_what, definition, code, pointer) => {
  await using world = await openWorld();
  const { code: outer, problems } = await refusalOf(world, definition);
  expect(outer).toBe('definition_invalid');
  expect(problems).toMatchObject([{ code, pointer, message: expect.stringMatching(/.{10}/) }]);
});

test('a refusal tells everything that is wrong, of the form or of the sense', async () => {
  await using world = await openWorld();
  const form = await refusalOf(world, { root: sequence({ ...task('a b'), colour: 1 }, { kind: 'tsk' }) });
  expect(form.problems?.map(({ code, pointer }) => [code, pointer])).toEqual([
    ['value_invalid', '/root/steps/0/id'],
    ['key_unknown', '/root/steps/0/colour'],
    ['kind_unknown', '/root/steps/1/kind'],
  ]);
  const sense = await refusalOf(world, { root: sequence(task('a', { when: 'x' }), task('a', { when: 'input.' })) });
  expect(sense.problems).toMatchObject([
    { code: 'reference_unknown', pointer: '/root/steps/0/when', offset: 0 },
    { code: 'duplicate_id', pointer: '/root/steps/1/id' },
    { code: 'expression_invalid', pointer: '/root/steps/1/when', offset: 6 },
  ]);
});

test('a secret is not repeated in the refusal', async () => {
  await using world = await openWorld();
  expect(JSON.stringify(await refusalOf(world, { root: input('ftp://me:hunter2@host/x') }))).not.toContain('hunter2');
});

test('a refusal names at most a hundred problems, and says how many there are', async () => {
  await using world = await openWorld();
  const steps = Array.from({ length: 150 }, () => task('same'));
  const { problems, message } = await refusalOf(world, { root: sequence(...steps) });
  expect(problems).toHaveLength(100);
  expect(message).toContain('and 49 more');
});

test('a schema that refers to a definition twice is no cycle', async () => {
  await using world = await openWorld();
  const name = { $ref: '#/$defs/name' };
  const inputSchema = { $defs: { name: { type: 'string' } }, type: 'object', properties: { a: name, b: name } };
  expect(await register(world, { root: task('a'), inputSchema })).toMatchObject({ version: 1 });
});

test('a changed definition is a new version, the same one is not', async () => {
  await using world = await openWorld();
  const one = await register(world, { root: task('a') });
  expect(one).toMatchObject({ name: 'flow', version: 1 });
  expect(await register(world, { root: task('a') })).toEqual(one);
  expect(await register(world, { root: task('b') })).toMatchObject({ version: 2 });
  expect(await register(world, { root: task('a') })).toMatchObject({
    version: 3,
    digest: (one as { digest: string }).digest,
  });
});

test('versions registered at the same moment, at two conductors, have different numbers', async () => {
  await using world = await openWorld({ conductors: 2 });
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((id) => register(world, { root: task(id) })));
  const versions = answers.map((answer) => (answer as { version: number }).version);
  expect(new Set(versions)).toEqual(new Set([1, 2, 3, 4]));
});

test('a run can be asked for in any registered version', async () => {
  await using world = await openWorld();
  await register(world, { root: task('a', { capability: 'old' }) });
  await register(world, { root: task('a', { capability: 'new' }) });
  const old = await world.submit({ input: 1, version: 1 });
  const newest = await world.submit({ input: 1 });
  expect(await world.scheduled(old)).toMatchObject([{ capability: 'old' }]);
  expect(await world.scheduled(newest)).toMatchObject([{ capability: 'new' }]);
  await world.submit({ input: 1, version: 7 });
  expect(await world.deadLetters()).toMatchObject([
    { code: 'workflow_unknown', reason: expect.stringContaining('1 to 2') },
  ]);
});

test('workflows, versions and definitions can be asked for', async () => {
  await using world = await openWorld();
  await register(world, { root: task('a') }, 'zeta');
  await register(world, { root: task('a') }, 'alpha');
  await register(world, { root: task('b') }, 'alpha');
  const list = await ask(world, QueryWorkflows, QueryWorkflows.toSubject({ ns: NS }), {});
  expect(list).toMatchObject({
    workflows: [
      { name: 'alpha', version: 2 },
      { name: 'zeta', version: 1 },
    ],
  });
  const subject = QueryWorkflow.toSubject({ ns: NS });
  expect(await ask(world, QueryWorkflow, subject, { name: 'alpha', version: 1 })).toMatchObject({
    name: 'alpha',
    version: 1,
    definition: { root: { id: 'a' } },
    versions: [{ version: 1 }, { version: 2 }],
  });
  await expect(ask(world, QueryWorkflow, subject, { name: 'beta' })).rejects.toMatchObject({
    problem: { code: 'workflow_unknown' },
  });
});

const named = (workflow: string, more: object = {}) => ({
  kind: 'subworkflow',
  id: `use-${workflow}`,
  workflow,
  ...more,
});

test('a workflow that names another is stored with it, and keeps the one that it was registered with', async () => {
  await using world = await openWorld();
  const inner = await register(
    world,
    { root: task('a', { capability: 'old' }), inputSchema: { type: 'number' } },
    'inner',
  );
  await register(world, { root: sequence(named('inner'), task('a')) }, 'middle');
  await register(world, { root: named('middle') });
  await register(world, { root: task('a', { capability: 'new' }) }, 'inner');
  const subject = QueryWorkflow.toSubject({ ns: NS });
  const { definition } = (await ask(world, QueryWorkflow, subject, { name: 'flow' })) as { definition: object };
  expect(definition).toMatchObject({
    root: {
      workflow: 'middle',
      root: { steps: [{ root: { capability: 'old' }, digest: (inner as { digest: string }).digest }, { id: 'a' }] },
    },
  });
  const run = await world.submit({ input: 3 });
  expect(await world.scheduled(run)).toMatchObject([{ capability: 'old', input: 3, path: '0.0.0.0' }]);
  const wrong = await world.submit({ input: 'three' });
  expect(await world.settled(wrong)).toMatchObject({ status: 'failed', error: { code: 'input_invalid' } });
  // What is stored is whole: registered again, it is the same version.
  expect(await register(world, definition)).toMatchObject({ version: 1 });
});

test('a version of the other workflow can be asked for', async () => {
  await using world = await openWorld();
  await register(world, { root: task('a', { capability: 'old' }) }, 'inner');
  await register(world, { root: task('a', { capability: 'new' }) }, 'inner');
  await register(world, { root: sequence(named('inner', { version: 1 }), named('inner', { id: 'newest' })) });
  const run = await world.submit({ input: 1 });
  expect(await world.scheduled(run)).toMatchObject([{ capability: 'old' }]);
});

test.each<[string, object, string, RegExp]>([
  ['nobody has registered', named('inenr'), 'reference_unknown', /no workflow inenr .*the nearest is inner/],
  ['has no such version', named('inner', { version: 9 }), 'reference_unknown', /no version 9; it has 1 to 1/],
  ['is the one being registered', named('flow'), 'policy_violation', /flow names itself/],
  ['names the one being registered', named('back'), 'policy_violation', /back names flow in turn/],
])('a workflow that names one that %s is refused', async (_what, root, code, message) => {
  await using world = await openWorld();
  await register(world, { root: task('a') }, 'inner');
  await register(world, { root: task('a') });
  await register(world, { root: named('flow') }, 'back');
  const { problems } = await refusalOf(world, { root: sequence(task('x'), root) });
  expect(problems).toMatchObject([
    { code, pointer: '/root/steps/1/workflow', message: expect.stringMatching(message) },
  ]);
});

test('workflows that are too large together are refused before they are put together', async () => {
  await using world = await openWorld();
  await register(world, { root: task('a', { input: 'x'.repeat(200_000) }) }, 'inner');
  const { problems } = await refusalOf(world, { root: sequence(...many(4).map(({ id }) => named('inner', { id }))) });
  expect(problems).toMatchObject([{ code: 'limit_exceeded', pointer: '/root/steps/3' }]);
});
