import { checkCitation, type Citation, type CitationResult } from './citations.ts';
import { type Document, lineAt } from './document.ts';
import { CorpusError } from './errors.ts';
import type { Passage } from './passages.ts';
import type { SearchIndex } from './search-index.ts';
import { type Sentence, sentencesBetween } from './sentences.ts';
import type { Skipped } from './walk-folder.ts';

export interface Hit {
  /** Of the passage: `file:line`, with a further part when several begin on that line. */
  readonly id: string;
  readonly file: string;
  /** On which the passage begins. */
  readonly line: number;
  readonly text: string;
  readonly heading: string;
  readonly score: number;
  /** Share of the query's distinct terms found, 0 to 1: low everywhere means that the corpus does not know. */
  readonly coverage: number;
}

export interface PassageRequest {
  readonly file: string;
  readonly line: number;
  /** Lines to add on either side, 0 to 100; 0 when left out. */
  readonly context?: number;
}

export interface PassageText {
  readonly file: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly text: string;
  /** Each an exact piece of the file's text: a valid quote for its line. */
  readonly sentences: readonly Sentence[];
  /** Of the first line, in a pdf. */
  readonly page?: number;
}

/** A folder's documents as they were when loaded. Answers are the same for the same folder and request. */
export interface Corpus {
  /** Real path. */
  readonly folder: string;
  readonly files: readonly string[];
  readonly skipped: readonly Skipped[];
  readonly passageCount: number;
  /** Best first; at most `limit` (10 when left out, 100 at most). */
  search(query: string, options?: { readonly limit?: number }): Hit[];
  /** The passage around a line. Throws `CorpusError`: `tool_arg_forbidden`, `tool_arg_invalid`, `file_unknown`, `line_out_of_range`. */
  readPassage(request: PassageRequest): PassageText;
  /** Whether every quote stands verbatim in its file, beginning on its line; an empty list is valid. */
  verifyCitations(citations: readonly Citation[]): { valid: boolean; results: CitationResult[] };
}

/** A passage read by line is cut here; only a file with very long lines has more. */
const LONGEST_READ = 16_000;

export function createCorpus(parts: {
  readonly folder: string;
  readonly documents: readonly Document[];
  readonly passages: readonly Passage[];
  readonly skipped: readonly Skipped[];
  readonly index: SearchIndex;
}): Corpus {
  const { folder, documents, passages, skipped, index } = parts;
  const byFile = new Map(documents.map((document) => [document.file, document]));
  const passagesOf = Map.groupBy(passages, ({ file }) => file);

  return {
    folder,
    files: documents.map(({ file }) => file),
    skipped,
    passageCount: passages.length,

    search(query, { limit = 10 } = {}) {
      return index.search(query, Math.min(limit, 100)).map(({ passage, score, coverage }) => {
        const { id, file, line, heading, start, end } = passage;
        return { id, file, line, text: byFile.get(file)?.text.slice(start, end) ?? '', heading, score, coverage };
      });
    },

    readPassage({ file, line, context = 0 }) {
      const document = find(file);
      const lines = document.lineStarts.length;
      if (!Number.isInteger(line) || line < 1 || line > lines)
        throw fault('line_out_of_range', 'line', line, `${file} has lines 1 to ${lines}`, 'name one of them');
      if (!Number.isInteger(context) || context < 0 || context > 100)
        throw fault('tool_arg_invalid', 'context', context, 'must be an integer from 0 to 100', 'leave it out');
      const [from, to] = extent(document, passagesOf.get(file) ?? [], line, context);
      const startLine = lineAt(document.lineStarts, from);
      const page = document.pageLines?.findLastIndex((first) => first <= startLine);
      return {
        file,
        startLine,
        endLine: lineAt(document.lineStarts, Math.max(from, to - 1)),
        text: document.text.slice(from, to),
        sentences: sentencesBetween(document, from, to),
        ...(page === undefined ? {} : { page: page + 1 }),
      };
    },

    verifyCitations(citations) {
      const results = citations.map((citation): CitationResult => {
        const outcome = check(citation);
        return { citation, ok: outcome.reason === undefined, ...outcome };
      });
      return { valid: results.every(({ ok }) => ok), results };
    },
  };

  function check(citation: Citation): Pick<CitationResult, 'reason' | 'foundAt'> {
    if (typeof citation.quote !== 'string' || !/[\p{L}\p{N}]/u.test(citation.quote)) return { reason: 'quote_empty' };
    if (forbidden(citation.file)) return { reason: 'file_forbidden' };
    const document = byFile.get(citation.file);
    if (document === undefined) return { reason: 'file_unknown' };
    return checkCitation(citation, document, (offset) => lineAt(document.lineStarts, offset));
  }

  function find(file: string): Document {
    if (forbidden(file))
      throw fault('tool_arg_forbidden', 'file', file, 'leaves the corpus', 'name a file as the search results do');
    const document = byFile.get(file);
    if (document === undefined)
      throw fault('file_unknown', 'file', file, 'is not in the corpus', 'name a file as the search results do');
    return document;
  }
}

/** Paths that are never looked up, whatever the corpus holds. */
function forbidden(file: unknown): boolean {
  return (
    typeof file !== 'string' ||
    file === '' ||
    file.length > 1_024 ||
    file.includes('\0') ||
    /^(?:[\\/~]|[A-Za-z]:)/.test(file) ||
    file.split(/[\\/]/).includes('..')
  );
}

function fault(code: CorpusError['code'], field: string, value: unknown, message: string, fix: string): CorpusError {
  return new CorpusError({ code, field, value: String(value), message, fix });
}

/** The passages that touch the line, else the next one, else the last; widened by whole lines of context. */
function extent(document: Document, passages: readonly Passage[], line: number, context: number): [number, number] {
  const { text, lineStarts } = document;
  const lineStart = lineStarts[line - 1] ?? 0;
  const lineEnd = lineStarts[line] ?? text.length;
  const touching = passages.filter(({ start, end }) => start < lineEnd && end > lineStart);
  const nearest = passages.find(({ start }) => start >= lineEnd) ?? passages.at(-1);
  const chosen = touching.length > 0 ? touching : nearest === undefined ? [] : [nearest];
  let from = chosen[0]?.start ?? lineStart;
  let to = chosen.at(-1)?.end ?? lineEnd;
  if (context > 0) {
    from = lineStarts[Math.max(0, lineAt(lineStarts, from) - 1 - context)] ?? 0;
    const after = lineStarts[lineAt(lineStarts, to - 1) + context];
    to = Math.max(to, from + text.slice(from, after ?? text.length).trimEnd().length);
  }
  return [from, Math.min(to, from + LONGEST_READ)];
}
