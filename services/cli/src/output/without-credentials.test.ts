import { expect, test } from 'vitest';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { StackState } from '../stack/state-file.ts';
import { processTable, stackSummary } from './process-table.ts';
import { withoutCredentials } from './without-credentials.ts';

const SECRET = 'nats://alice:s3cret@broker:4222';

test('user, password and token of a URL are not shown, anything else is', () => {
  expect(withoutCredentials(`no server at ${SECRET},nats://t0ken@other:4222`)).toBe(
    'no server at nats://***@broker:4222,nats://***@other:4222',
  );
  const plain = 'redis://127.0.0.1:6379 and mail@example.org, http://host/a@b';
  expect(withoutCredentials(plain)).toBe(plain);
});

test('neither an error nor the summary of a stack shows the credentials of a server', () => {
  const error = new CliError({
    exit: EXIT.unavailable,
    code: 'server_unreachable',
    field: '--nats-url',
    value: SECRET,
    message: `nobody answers (${SECRET})`,
  });
  const row = { name: 'nats-server', kind: 'server', pid: 0, httpPort: null, url: SECRET, status: 'external' };
  const state = { processes: [row], natsUrl: SECRET, modelUrl: null, namespace: 'default', docs: '', data: '' };
  const shown = [
    error.message,
    JSON.stringify(error.toJson()),
    processTable(state as unknown as StackState),
    stackSummary(state as unknown as StackState, [], 1),
  ];
  for (const text of shown) {
    expect(text).toContain('nats://***@broker:4222');
    expect(text).not.toContain('s3cret');
  }
});
