import { expect, test } from 'vitest';
import { ConfigError, problemLine } from './config-error.ts';
import { defineConfig } from './config.ts';
import { env } from './env.ts';

const readConfig = defineConfig({
  natsUrl: env.url('PARLEY_NATS_URL', { protocols: ['nats', 'tls'], default: 'nats://127.0.0.1:4222' }),
  slots: env.int('PARLEY_SLOTS', { min: 1, max: 1000, default: 8 }),
  mode: env.oneOf('PARLEY_MODE', ['fast', 'safe'], { default: 'fast' }),
  debug: env.boolean('PARLEY_DEBUG', { default: false }),
  ratio: env.number('PARLEY_RATIO', { optional: true }),
  apiKey: env.secret('ANTHROPIC_API_KEY', { optional: true }),
});

function problemsOf(read: () => unknown) {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('expected a ConfigError');
}

test('an empty environment gives the defaults, and optional variables are undefined', () => {
  const config = readConfig({});
  const slots: number = config.slots;
  const mode: 'fast' | 'safe' = config.mode;
  expect({ ...config, slots, mode }).toEqual({
    natsUrl: 'nats://127.0.0.1:4222',
    slots: 8,
    mode: 'fast',
    debug: false,
    ratio: undefined,
    apiKey: undefined,
  });
});

test('given variables are parsed, and an empty one counts as unset', () => {
  const config = readConfig({
    PARLEY_SLOTS: '12',
    PARLEY_MODE: 'safe',
    PARLEY_DEBUG: 'Yes',
    PARLEY_RATIO: '2.5e-1',
    PARLEY_NATS_URL: '',
    ANTHROPIC_API_KEY: 'sk-1',
  });
  expect(config).toMatchObject({ slots: 12, mode: 'safe', debug: true, ratio: 0.25, natsUrl: 'nats://127.0.0.1:4222' });
  expect(config.apiKey?.reveal()).toBe('sk-1');
});

test('all wrong variables are reported at once, each with value and fix', () => {
  const problems = problemsOf(() =>
    readConfig({
      PARLEY_NATS_URL: 'http://x:1',
      PARLEY_SLOTS: '0',
      PARLEY_MODE: 'slow',
      PARLEY_DEBUG: '2',
      PARLEY_RATIO: 'x',
    }),
  );
  expect(problems.map(({ variable, value }) => [variable, value])).toEqual([
    ['PARLEY_NATS_URL', 'http://x:1'],
    ['PARLEY_SLOTS', '0'],
    ['PARLEY_MODE', 'slow'],
    ['PARLEY_DEBUG', '2'],
    ['PARLEY_RATIO', 'x'],
  ]);
  expect(problems.every(({ message, fix }) => message !== '' && fix !== '')).toBe(true);
});

test.each(['1.5', '1e3', '0x10', ' 5', 'NaN', '99999999999999999999', ''.padEnd(9, '9')])(
  'an integer from 1 to 1000 refuses %j',
  (text) => {
    expect(problemsOf(() => readConfig({ PARLEY_SLOTS: text }))[0]).toMatchObject({
      message: 'must be an integer from 1 to 1000',
    });
  },
);

test('a required variable that is unset says what to set', () => {
  const read = defineConfig({ url: env.url('DATABASE_URL', { protocols: ['postgres'] }), key: env.secret('KEY') });
  expect(problemsOf(() => read({})).map(problemLine)).toEqual([
    'DATABASE_URL is not set: is required; fix: set DATABASE_URL to postgres://host:port',
    'KEY is not set: is required; fix: set KEY to the secret, or put it in a file and set KEY_FILE',
  ]);
});

test('a problem is one line, without the credentials of a URL', () => {
  const [problem] = problemsOf(() => readConfig({ PARLEY_NATS_URL: 'http://u:p4ss@h:1\n?x' }));
  const line = problem === undefined ? '' : problemLine(problem);
  expect(line).toContain('PARLEY_NATS_URL');
  expect(line).not.toContain('p4ss');
  expect(line).not.toContain('\n');
});

test('a secret may come from a file, without its last newline', () => {
  const config = readConfig({ ANTHROPIC_API_KEY_FILE: '/run/key' }, (path) => `${path}-content\n`);
  expect(config.apiKey?.reveal()).toBe('/run/key-content');
});

test('a secret file that cannot be read, is empty, or doubles the variable is a problem', () => {
  const unreadable = () => {
    throw Object.assign(new Error('no'), { code: 'ENOENT' });
  };
  expect(problemsOf(() => readConfig({ ANTHROPIC_API_KEY_FILE: '/no' }, unreadable))).toMatchObject([
    { variable: 'ANTHROPIC_API_KEY_FILE', value: '/no', message: 'cannot be read (ENOENT)' },
  ]);
  expect(problemsOf(() => readConfig({ ANTHROPIC_API_KEY_FILE: '/e' }, () => '\n'))).toHaveLength(1);
  const both = problemsOf(() => readConfig({ ANTHROPIC_API_KEY_FILE: '/e', ANTHROPIC_API_KEY: 'sk-9' }, () => 'x'));
  expect(both).toMatchObject([{ message: 'is set together with ANTHROPIC_API_KEY' }]);
  expect(JSON.stringify(both)).not.toContain('sk-9');
});

test('unknown PARLEY_ variables are listed with the name they resemble; others and runtime ones are not', () => {
  expect(
    readConfig.warnings({
      PARLEY_SLOT: '1',
      PARLEY_ZZZZZZZZZZ: '1',
      PARLEY_HTTP_PORT: '0',
      PARLEY_SLOTS: '2',
      HOME: '/',
    }),
  ).toEqual([
    { variable: 'PARLEY_SLOT', nearest: 'PARLEY_SLOTS' },
    { variable: 'PARLEY_ZZZZZZZZZZ', nearest: undefined },
  ]);
});
