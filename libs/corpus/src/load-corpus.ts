import { realpath, stat } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { type Corpus, createCorpus } from './corpus.ts';
import type { Document } from './document.ts';
import { CorpusError } from './errors.ts';
import { cutPassages } from './passages.ts';
import { readDocument } from './read-document.ts';
import { buildIndex } from './search-index.ts';
import { byFile, type Skipped, walkFolder } from './walk-folder.ts';

export interface Progress {
  readonly file: string;
  /** Files looked at so far, of `total`. */
  readonly done: number;
  readonly total: number;
}

export interface LoadOptions {
  /** Larger files are skipped unread; 20 MiB when left out. */
  readonly maxFileBytes?: number;
  /** 20,000 when left out. */
  readonly maxFiles?: number;
  /** 256 MiB when left out. */
  readonly maxTotalBytes?: number;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

const MIB = 2 ** 20;

/**
 * Reads the `.md`, `.txt`, `.html` and `.pdf` files below a folder and indexes their passages.
 * Throws `CorpusError` when the folder is missing, no folder, unreadable, too big, or without a readable document.
 */
export async function loadCorpus(folder: string, options: LoadOptions = {}): Promise<Corpus> {
  const { maxFileBytes = 20 * MIB, maxFiles = 20_000, maxTotalBytes = 256 * MIB, onProgress, signal } = options;
  const root = await openFolder(folder);
  const { candidates, skipped } = await walkFolder(root, { maxFileBytes, maxFiles, maxTotalBytes }, signal).catch(
    (error: unknown) => {
      if (errorCode(error) !== 'EACCES') throw error;
      throw unreadable(folder, error);
    },
  );

  const documents: Document[] = [];
  for (const [index, candidate] of candidates.entries()) {
    signal?.throwIfAborted();
    const read = await readDocument(candidate);
    if (typeof read === 'string') skipped.push({ file: candidate.file, reason: read });
    else documents.push(read);
    onProgress?.({ file: candidate.file, done: index + 1, total: candidates.length });
    if (index % 16 === 15) await turn();
  }
  skipped.sort(byFile);
  if (documents.length === 0) throw empty(folder, skipped);

  const texts = new Map(documents.map(({ file, text }) => [file, text]));
  const passages = documents.flatMap(cutPassages);
  const index = await buildIndex(passages, ({ file, start, end }) => texts.get(file)?.slice(start, end) ?? '', signal);
  return createCorpus({ folder: root, documents, passages, skipped, index });
}

async function openFolder(folder: string): Promise<string> {
  let root: string;
  let isFolder: boolean;
  try {
    root = await realpath(folder);
    isFolder = (await stat(root)).isDirectory();
  } catch (cause) {
    const code = errorCode(cause);
    if (code === 'EACCES') throw unreadable(folder, cause);
    throw new CorpusError(
      {
        code: 'folder_missing',
        field: 'folder',
        value: folder,
        message: 'does not exist',
        fix: 'name an existing folder',
      },
      { cause },
    );
  }
  if (!isFolder)
    throw new CorpusError({
      code: 'not_a_folder',
      field: 'folder',
      value: folder,
      message: 'is not a folder',
      fix: 'name the folder that holds the documents',
    });
  return root;
}

function unreadable(folder: string, cause: unknown): CorpusError {
  return new CorpusError(
    {
      code: 'folder_unreadable',
      field: 'folder',
      value: folder,
      message: 'may not be read',
      fix: 'allow this user to read it',
    },
    { cause },
  );
}

function empty(folder: string, skipped: readonly Skipped[]): CorpusError {
  const named = skipped.slice(0, 3).map(({ file, reason }) => `${file}: ${reason}`);
  const rest = skipped.length > 3 ? ` and ${skipped.length - 3} more` : '';
  return new CorpusError({
    code: 'folder_empty',
    field: 'folder',
    value: folder,
    message: `holds no readable document${skipped.length === 0 ? '' : ` (skipped ${named.join(', ')}${rest})`}`,
    fix: 'name a folder with .md, .txt, .html or .pdf files',
  });
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
