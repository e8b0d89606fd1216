import { expect, test } from 'vitest';
import { PortInUseError, ServerNotFoundError, ServerTooOldError } from './errors.ts';
import { NATS } from './server-kind.ts';

test('a server that was not found lists each attempt in one line and ends in what to install by hand', () => {
  const error = new ServerNotFoundError(NATS, '2.14.3', [
    { where: '/usr/sbin/nats-server', outcome: 'version 2.9.10 is older than 2.14.3' },
    { where: 'Debian forky', outcome: '\n  E: Failed to fetch http://deb.debian.org\n  more words' },
  ]);
  expect(error.code).toBe('server_not_found');
  expect(error.message.split('\n')).toEqual([
    'no nats-server 2.14.3 or newer was found; tried:',
    '  - /usr/sbin/nats-server: version 2.9.10 is older than 2.14.3',
    '  - Debian forky: E: Failed to fetch http://deb.debian.org',
    NATS.fix,
  ]);
});

test('a server that is too old and a port in use are told in one line with field, value and fix', () => {
  const tooOld = new ServerTooOldError(NATS, 'PARLEY_NATS_URL', 'nats://db:4222', '2.9.10', '2.14.3');
  expect(tooOld.message).not.toContain('\n');
  expect(tooOld.message).toMatch(/^PARLEY_NATS_URL: nats:\/\/db:4222 is nats-server 2\.9\.10, but 2\.14\.3 or newer/);
  const inUse = new PortInUseError(4_222);
  expect(inUse.message).toBe('port: 4222 is in use; stop the process that listens there, or choose another port');
  expect(inUse).toMatchObject({ code: 'port_in_use', field: 'port', value: 4_222 });
});
