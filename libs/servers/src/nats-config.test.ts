import { expect, test } from 'vitest';
import { natsConfigText } from './nats-config.ts';

test('the configuration binds to the loopback address and says only what was asked', () => {
  expect(natsConfigText({ port: 4_222, serverName: 'parley-1', storeDir: '/data/a "b"' })).toBe(
    'host: 127.0.0.1\nport: 4222\nserver_name: "parley-1"\njetstream {\n  store_dir: "/data/a \\"b\\""\n}\n',
  );
});

test('synced writes, monitoring and the payload limit are added when asked', () => {
  const text = natsConfigText({
    port: 1,
    serverName: 's',
    storeDir: '/d',
    syncAlways: true,
    monitorPort: 8_222,
    maxPayload: 2_097_152,
  });
  expect(text).toContain('  sync_interval: always\n');
  expect(text).toContain('http: "127.0.0.1:8222"\n');
  expect(text).toContain('max_payload: 2097152\n');
});
