import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';
import { Secret } from './secret.ts';
import { newTraceparent, withSpan } from '@parley/tracing';

function capture() {
  const lines: string[] = [];
  const log = createLogger({
    service: 'router',
    instance: 'abc',
    level: 'info',
    destination: { write: (line) => void lines.push(line) },
  });
  return { log, lines, line: (index: number): unknown => JSON.parse(lines[index] ?? 'null') };
}

test('a line is JSON with service, instance, level and time', () => {
  const { log, lines, line } = capture();
  log.info({ event: 'x' }, 'hello');
  log.debug('unseen');
  expect(lines).toHaveLength(1);
  expect(line(0)).toMatchObject({
    level: 'info',
    service: 'router',
    instance: 'abc',
    event: 'x',
    msg: 'hello',
    time: expect.stringMatching(/^\d{4}-/),
  });
});

test('credentials are censored at the top and two levels down, counts of tokens are not', () => {
  const { log, lines, line } = capture();
  log.info({
    token: 'canary',
    request: { headers: { authorization: 'canary', 'x-api-key': 'canary' } },
    config: { apiKey: 'canary', wrapped: new Secret('canary') },
    usage: { tokens: 7 },
  });
  expect(lines[0]).not.toContain('canary');
  expect(line(0)).toMatchObject({ usage: { tokens: 7 }, config: { wrapped: '[secret]' } });
});

test('a line inside a span carries its trace id, and one outside carries none', () => {
  const { log, line } = capture();
  const parent = newTraceparent();
  withSpan('x', { parent }, () => log.info('inside'));
  log.info('outside');
  expect(line(0)).toMatchObject({ trace_id: parent.slice(3, 35), span_id: parent.slice(36, 52) });
  expect(line(1)).not.toHaveProperty('trace_id');
});
