import { realpath, stat } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { type Corpus, createCorpus } from './corpus.ts';
import type { Document } from './document.ts';
import { CorpusError } from './errors.ts';
import { cutPassages, type Passage } from './passages.ts';
import { readDocument } from './read-document.ts';
import { createSearchIndex } from './search-index.ts';
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
  /** Of extracted text; 64 Mi when left out, for which the index takes about a gigabyte. */
  readonly maxCharacters?: number;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

const MIB = 2 ** 20;

/**
 * Reads the `.md`, `.txt`, `.html` and `.pdf` files below a folder and indexes their passages.
 * Throws `CorpusError` when the folder is missing, no folder, unreadable, too big, or without a readable document.
 */
export async function loadCorpus(folder: string, options: LoadOptions = {}): Promise<Corpus> {
  const { maxFileBytes = 20 * MIB, maxFiles = 20_000, maxTotalBytes = 256 * MIB, maxCharacters = 64 * MIB } = options;
  const { onProgress, signal } = options;
  const root = await openFolder(folder);
  const { candidates, skipped } = await walkFolder(root, { maxFileBytes, maxFiles, maxTotalBytes }, signal).catch(
    (error: unknown) => {
      if (errorCode(error) !== 'EACCES') throw error;
      throw unreadable(folder, error);
    },
  );

  const documents: Document[] = [];
  const passages: Passage[] = [];
  const index = createSearchIndex();
  let characters = 0;
  for (const [position, candidate] of candidates.entries()) {
    signal?.throwIfAborted();
    const document = await readDocument(candidate);
    if (typeof document === 'string') {
      skipped.push({ file: candidate.file, reason: document });
    } else {
      characters += document.text.length;
      if (characters > maxCharacters) throw tooMuchText(folder, maxCharacters);
      const cut = cutPassages(document);
      await index.add(cut, document.text, signal);
      documents.push(document);
      for (const passage of cut) passages.push(passage);
    }
    onProgress?.({ file: candidate.file, done: position + 1, total: candidates.length });
    if (position % 16 === 15) await turn();
  }
  if (documents.length === 0) throw empty(folder, skipped.toSorted(byFile));
  return createCorpus({ folder: root, documents, passages, skipped: skipped.toSorted(byFile), index });
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

function tooMuchText(folder: string, most: number): CorpusError {
  return new CorpusError({
    code: 'folder_too_large',
    field: 'folder',
    value: folder,
    message: `holds more than ${most.toLocaleString('en')} characters of text`,
    fix: 'name a smaller folder, or one of its subfolders',
  });
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
