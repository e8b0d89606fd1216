import type { Dirent } from 'node:fs';
import { lstat, opendir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { DocumentKind } from './document.ts';
import { CorpusError } from './errors.ts';

export type SkipReason =
  | 'unsupported_type'
  | 'too_large'
  | 'binary'
  | 'unreadable'
  | 'outside_folder'
  | 'not_a_file'
  | 'no_text';

export interface Skipped {
  readonly file: string;
  readonly reason: SkipReason;
}

export interface Candidate {
  /** Relative to the folder, with `/`. */
  readonly file: string;
  readonly path: string;
  readonly kind: DocumentKind;
  readonly bytes: number;
}

export interface Limits {
  readonly maxFileBytes: number;
  readonly maxFiles: number;
  readonly maxTotalBytes: number;
}

const KINDS: readonly (readonly [RegExp, DocumentKind])[] = [
  [/\.(?:md|markdown)$/i, 'markdown'],
  [/\.txt$/i, 'text'],
  [/\.html?$/i, 'html'],
  [/\.pdf$/i, 'pdf'],
];

/** Directory entries of any kind, past which a folder is refused as a whole. */
const MOST_ENTRIES = 200_000;

/**
 * Lists the documents below `root` (a real path), sorted by name, and what was skipped. Nothing is read but names and sizes.
 * `node_modules` and names that begin with a dot are ignored; a link counts when it leads to a file inside the root that is
 * not listed under its own name.
 */
export async function walkFolder(
  root: string,
  limits: Limits,
  signal?: AbortSignal,
): Promise<{ candidates: Candidate[]; skipped: Skipped[] }> {
  const candidates: Candidate[] = [];
  const skipped: Skipped[] = [];
  const links: { file: string; path: string }[] = [];
  const seen = new Set<string>();
  const folders = [''];
  let entries = 0;

  const consider = async (file: string, path: string, kind: DocumentKind): Promise<void> => {
    const { size } = await stat(path);
    seen.add(path);
    if (size > limits.maxFileBytes) skipped.push({ file, reason: 'too_large' });
    else candidates.push({ file, path, kind, bytes: size });
  };

  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal?.throwIfAborted();
    for (const entry of await entriesOf(root, folder, skipped)) {
      if (++entries > MOST_ENTRIES) throw tooMany(root, MOST_ENTRIES);
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const file = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const path = join(root, file);
      if (entry.isDirectory()) {
        folders.push(file);
        continue;
      }
      const kind = kindOf(entry.name);
      if (entry.isSymbolicLink()) links.push({ file, path });
      else if (!entry.isFile()) skipped.push({ file, reason: 'not_a_file' });
      else if (kind === undefined) skipped.push({ file, reason: 'unsupported_type' });
      else await consider(file, path, kind).catch(() => skipped.push({ file, reason: 'unreadable' }));
      if (candidates.length > limits.maxFiles) throw tooMany(root, limits.maxFiles);
    }
  }

  for (const { file, path } of links.toSorted(byFile)) {
    try {
      const target = await realpath(path);
      if (target !== root && !target.startsWith(root.endsWith(sep) ? root : root + sep))
        skipped.push({ file, reason: 'outside_folder' });
      else if (!seen.has(target) && (await lstat(target)).isFile()) {
        const kind = kindOf(file);
        if (kind === undefined) skipped.push({ file, reason: 'unsupported_type' });
        else await consider(file, target, kind);
      }
    } catch {
      skipped.push({ file, reason: 'unreadable' });
    }
  }

  if (candidates.length > limits.maxFiles) throw tooMany(root, limits.maxFiles);
  const total = candidates.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > limits.maxTotalBytes)
    throw new CorpusError({
      code: 'folder_too_large',
      field: 'folder',
      value: root,
      message: `holds ${mebibytes(total)} MiB of documents, more than ${mebibytes(limits.maxTotalBytes)} MiB`,
      fix: 'name a smaller folder, or one of its subfolders',
    });
  return { candidates: candidates.toSorted(byFile), skipped: skipped.toSorted(byFile) };
}

async function entriesOf(root: string, folder: string, skipped: Skipped[]): Promise<Dirent[]> {
  try {
    return await Array.fromAsync(await opendir(join(root, folder)));
  } catch (error) {
    if (folder === '') throw error;
    skipped.push({ file: folder, reason: 'unreadable' });
    return [];
  }
}

function kindOf(name: string): DocumentKind | undefined {
  return KINDS.find(([ending]) => ending.test(name))?.[1];
}

export function byFile(a: { readonly file: string }, b: { readonly file: string }): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : 0;
}

function tooMany(root: string, most: number): CorpusError {
  return new CorpusError({
    code: 'too_many_files',
    field: 'folder',
    value: root,
    message: `holds more than ${most.toLocaleString('en')} files`,
    fix: 'name a smaller folder, or one of its subfolders',
  });
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0);
}
