import { expect, test } from 'vitest';
import { packManifest, unpackManifest } from './cache.ts';

test('a manifest written in one folder describes the same files after the folder moved', () => {
  const binary = {
    command: '/cache/.new-1/root/ld.so',
    args: [
      '--library-path',
      '/cache/.new-1/root/lib:/cache/.new-1/root/usr/lib',
      '/cache/.new-1/root/bin/redis-server',
    ],
    env: { LD_LIBRARY_PATH: '/cache/.new-1/lib' },
    version: '7.0.15',
    source: 'Debian',
  };
  const moved = unpackManifest(packManifest(binary, '/cache/.new-1'), '/other/redis-server-7.0.15');
  expect(moved).toEqual(
    JSON.parse(JSON.stringify(binary).replaceAll('/cache/.new-1', '/other/redis-server-7.0.15')) as unknown,
  );
});
