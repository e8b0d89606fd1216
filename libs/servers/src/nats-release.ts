import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import { probeBinary, type ServerBinary } from './server-binary.ts';

const VERSION = '2.15.0';
const RELEASES = `https://github.com/nats-io/nats-server/releases/download/v${VERSION}`;
const CONNECT_MS = 3_000;
const DOWNLOAD_MS = 120_000;

/** SHA-256 of each archive, from the SHA256SUMS published with the release. */
const SHA256: Record<string, string> = {
  'linux-amd64': '5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92',
  'linux-arm64': 'cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112',
  'darwin-amd64': '5bd8b59ca5bf93fab3da2c5843cf564cd6e2e291e22ae3b861746e7ebe259b95',
  'darwin-arm64': 'e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8',
};

/** Downloads the pinned official release into `folder`; rejects when the bytes are not the pinned ones. */
export async function fetchNatsRelease(folder: string): Promise<ServerBinary> {
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const expected = SHA256[platform];
  if (expected === undefined) throw new Error(`no pinned release for ${platform}`);
  const name = `nats-server-v${VERSION}-${platform}`;
  const url = `${RELEASES}/${name}.tar.gz`;
  const bytes = await download(url);
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== expected) throw new Error(`${url} has SHA-256 ${actual}, expected ${expected}`);
  await mkdir(folder, { recursive: true });
  const archive = join(folder, 'release.tar.gz');
  await writeFile(archive, bytes);
  await runCommand('tar', ['-xzf', archive, '-C', folder]);
  return await probeBinary({
    command: join(folder, name, 'nats-server'),
    args: [],
    env: {},
    source: `official release v${VERSION}`,
  });
}

/** The whole body; gives up when no answer starts within three seconds. */
async function download(url: string): Promise<Buffer> {
  const abort = new AbortController();
  const connecting = setTimeout(() => abort.abort(new Error(`no answer within ${CONNECT_MS} ms`)), CONNECT_MS);
  const downloading = setTimeout(() => abort.abort(new Error(`not complete within ${DOWNLOAD_MS} ms`)), DOWNLOAD_MS);
  try {
    const response = await fetch(url, { signal: abort.signal });
    clearTimeout(connecting);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    throw new Error(`${url}: ${reasonOf(error)}`, { cause: error });
  } finally {
    clearTimeout(connecting);
    clearTimeout(downloading);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
