import { expect, test } from 'vitest';
import { World } from '../../test/world.ts';

const chat = (more: object = {}) => ({
  kind: 'groupChat',
  id: 'g',
  topic: 'tea',
  participants: [
    { name: 'ann', ask: { capability: 'speak' }, role: 'writes' },
    { name: 'bob', ask: { capability: 'speak' } },
    { name: 'mod', ask: { capability: 'speak' }, silent: true },
  ],
  maxTurns: 4,
  ...more,
});

function talk(root: object, ...answers: unknown[]): World {
  const world = new World(root);
  world.submit();
  for (const [i, answer] of answers.entries()) world.result(`0.${i}`, answer as never);
  return world;
}

const speakers = (world: World): unknown[] =>
  world.log.flatMap((event) =>
    event.type === 'TaskScheduled' && event.capability === 'speak'
      ? [(event.input as { speaker: string }).speaker]
      : [],
  );

test('participants speak in turn, each with the texts before; one that is silent never does', () => {
  const world = talk(chat(), { text: 'one' }, { text: 'two' });
  expect(world.attempt('0.2').input).toEqual({
    topic: 'tea',
    turn: 3,
    speaker: 'ann',
    role: 'writes',
    transcript: [
      { speaker: 'ann', text: 'one' },
      { speaker: 'bob', text: 'two' },
    ],
    earlier: 0,
  });
  world.result('0.2', 'three');
  world.result('0.3', { text: 'four' });
  expect(world.settled().output).toEqual({ turns: 4, endedBy: 'turns', speaker: 'bob', text: 'four' });
});

test.each([
  [{ keyword: 'DONE' }, [{ text: 'well' }, { text: 'DONE now' }], 'keyword', 2],
  [{ consensus: 'all' }, [{ agree: true }, { agree: false }, { agree: true }, { agree: true }], 'consensus', 4],
  [{ consensus: 1 }, [{ agree: true }], 'consensus', 1],
  [{ microUsd: 9 }, [{ text: 'a' }, { text: 'b' }], 'budget', 2],
  [
    { judge: { ask: { capability: 'judge' }, every: 1 } },
    [{ text: 'a' }, { verdict: 'INVALID' }, { text: 'b' }, { verdict: 'VALID' }],
    'judge',
    2,
  ],
])('%j ends it', (end, answers, endedBy, turns) => {
  expect(talk(chat({ end, maxTurns: 9 }), ...answers).settled().output).toMatchObject({ endedBy, turns });
});

const byModel = chat({
  select: { model: { capability: 'select' } },
  maxTurns: 3,
  participants: [
    { name: 'ann', ask: { capability: 'speak' } },
    { name: 'bob', ask: { capability: 'speak' } },
    { name: 'eve', ask: { capability: 'speak' } },
    { name: 'mod', ask: { capability: 'speak' }, silent: true },
  ],
});

test('a model says who is next; whom it may not name does not speak', () => {
  const world = talk(
    byModel,
    { next: 'eve' },
    { text: '1' },
    { next: 'mod' },
    { text: '2' },
    { next: 'zoe' },
    { text: '3' },
  );
  expect(speakers(world)).toEqual(['eve', 'ann', 'bob']);
  const reasons = world.log.flatMap((event) => (event.type === 'NodeAdvanced' ? (event.planned ?? []) : []));
  expect(reasons).toContainEqual(
    expect.objectContaining({ by: expect.stringContaining('named mod, who may not speak') }),
  );
});

test('chance is the same on every conductor, and nobody speaks twice in a row', () => {
  const all = Array.from({ length: 4 }, (_, i) => ({ text: String(i) }));
  const two = [talk(chat({ select: 'random' }), ...all), talk(chat({ select: 'random' }), ...all)];
  expect(speakers(two[0] as World)).toEqual(speakers(two[1] as World));
  expect(new Set(speakers(two[0] as World))).toEqual(new Set(['ann', 'bob']));
});

test('a fixed order is kept', () => {
  const world = talk(chat({ select: { fixed: ['bob', 'bob', 'ann'] }, maxTurns: 3 }), 'a', 'b', 'c');
  expect(speakers(world)).toEqual(['bob', 'bob', 'ann']);
});

test('the transcript is kept; a summary is one more task over it', () => {
  const whole = talk(chat({ output: 'transcript', maxTurns: 2 }), { text: 'a' }, { text: 'b' });
  expect(whole.settled().output).toMatchObject({
    transcript: [
      { speaker: 'ann', text: 'a' },
      { speaker: 'bob', text: 'b' },
    ],
  });
  const summed = talk(chat({ output: { summarize: { capability: 'sum' } }, maxTurns: 1 }), { text: 'a' }, 'short');
  expect(summed.settled().output).toMatchObject({ turns: 1, summary: 'short' });
});

test('a turn costs as many bytes at turn 50 as at turn 10', () => {
  const world = new World(chat({ maxTurns: 60, output: 'last' }));
  world.submit();
  const bytes: number[] = [];
  for (let i = 0; i < 50; i++) bytes.push(JSON.stringify(world.result(`0.${i}`, { text: 'x'.repeat(300) })).length);
  expect(bytes[48] as number).toBeLessThanOrEqual((bytes[9] as number) * 1.02);
});

test('a chat in which nobody may speak is refused before any run', () => {
  const participants = [{ name: 'mod', ask: { capability: 'speak' }, silent: true }];
  expect(() => new World(chat({ participants }))).toThrow(/nobody may speak/);
});

test('what a judge, a selection or a summary is asked is checked before any run', () => {
  const wrong = { capability: 'judge', input: { $from: '/trascript' } };
  expect(() => new World(chat({ end: { judge: { ask: wrong } } }))).toThrow(/\/end\/judge\/ask\/input.*transcript/);
  expect(() => new World(chat({ select: { model: wrong } }))).toThrow(/\/select\/model\/input/);
  expect(() => new World(chat({ output: { summarize: wrong } }))).toThrow(/\/output\/summarize\/input/);
});
