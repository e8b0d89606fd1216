import { constants } from 'node:fs';
import { lstat, mkdir, open, realpath, rm } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { TerminalError } from '@parley/agent';

/** A file to be written, or removed where its content is null; `path` is inside the workspace. */
export interface TextFile {
  readonly path: string;
  readonly content: string | null;
}

const MAX_PATH = 400;

/** The parts of a path inside a workspace. Throws `TerminalError` (`workspace_forbidden`) for one that could lead out of it. */
export function segmentsOf(path: string): string[] {
  if (path === '' || path.length > MAX_PATH) throw forbidden(path, `must have 1 to ${MAX_PATH} characters`);
  if (isAbsolute(path) || /[\0\\]/.test(path)) throw forbidden(path, 'must be relative, with / between its parts');
  const segments = path.split('/').filter((part) => part !== '' && part !== '.');
  if (segments.includes('..')) throw forbidden(path, 'must not contain ..');
  if (segments.length === 0) throw forbidden(path, 'names nothing');
  return segments;
}

/** The folder of one run, or one inside it; made where it is missing. */
export async function openWorkspace(root: string, ns: string, run: string, folder?: string): Promise<string> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const own = await descend(await realpath(root), [ns, run]);
  return folder === undefined ? own : await descend(own, segmentsOf(folder));
}

/** Writes files into a workspace, folders included. A path over a symbolic link is refused, wherever the link leads. */
export async function writeFiles(workspace: string, files: readonly TextFile[]): Promise<void> {
  for (const { path, content } of files) {
    const segments = segmentsOf(path);
    const folder = await descend(workspace, segments.slice(0, -1));
    const target = join(folder, segments.at(-1) ?? '');
    const there = await statOf(target);
    if (there?.isSymbolicLink() === true) throw forbidden(path, 'is a symbolic link');
    if (there?.isDirectory() === true) throw forbidden(path, 'is a folder');
    // Created anew: neither another name of the same file nor a pipe in its place is written to.
    await rm(target, { force: true });
    if (content === null) continue;
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    await using file = await open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
    await file.writeFile(content, 'utf8');
  }
}

/** Throws `TerminalError` (`workspace_forbidden`) for a path that exists and lies outside, over whatever links. */
export async function checkInside(workspace: string, path: string): Promise<void> {
  const real = await realpath(join(workspace, ...segmentsOf(path))).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return workspace;
    throw error;
  });
  const way = relative(await realpath(workspace), real);
  if (way === '..' || way.startsWith('../') || isAbsolute(way)) throw forbidden(path, 'leads out of the workspace');
}

/** Goes down folder by folder, and makes those that are missing. */
async function descend(base: string, segments: readonly string[]): Promise<string> {
  let at = base;
  for (const segment of segments) {
    at = join(at, segment);
    await mkdir(at, { mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      if ((await lstat(at)).isDirectory()) return;
      throw forbidden(segments.join('/'), `${segment} is no folder`);
    });
  }
  return at;
}

async function statOf(path: string) {
  return await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

const forbidden = (path: string, why: string): TerminalError =>
  new TerminalError('workspace_forbidden', `${JSON.stringify(path.slice(0, 200))} ${why}`);
