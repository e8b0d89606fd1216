import MiniSearch from 'minisearch';
import { setImmediate as turn } from 'node:timers/promises';
import type { Passage } from './passages.ts';
import { terms } from './terms.ts';

/** How well a passage answers a query. */
export interface Match {
  readonly passage: Passage;
  /** BM25 over text, headings (twice) and file name, scaled by coverage; comparable within one query only. */
  readonly score: number;
  /** Share of the query's distinct terms that the passage holds, 0 to 1. */
  readonly coverage: number;
}

export interface SearchIndex {
  /** Adds the passages of one document with this text, giving way to other work between batches. */
  add(passages: readonly Passage[], text: string, signal?: AbortSignal): Promise<void>;
  search(query: string, limit: number): Match[];
}

/** More distinct terms than this are not looked up: a question of 100 kB costs no more than a long one. */
const MOST_TERMS = 128;
const BATCH = 200;

/** An empty index. */
export function createSearchIndex(): SearchIndex {
  const passages: Passage[] = [];
  const index = new MiniSearch<{ id: number; text: string; heading: string; file: string }>({
    fields: ['text', 'heading', 'file'],
    tokenize: terms,
    processTerm: (term) => term,
  });

  return {
    async add(added, text, signal) {
      for (const [offset, passage] of added.entries()) {
        if (offset % BATCH === BATCH - 1) {
          await turn();
          signal?.throwIfAborted();
        }
        const { file, heading, start, end } = passage;
        index.add({ id: passages.push(passage) - 1, text: text.slice(start, end), heading, file });
      }
    },

    search(query, limit) {
      const wanted = [...new Set(terms(query.slice(0, 100_000)))].slice(0, MOST_TERMS);
      if (wanted.length === 0 || limit < 1) return [];
      return index
        .search(wanted.join(' '), { tokenize: (text) => text.split(' '), boost: { heading: 2, file: 1 } })
        .flatMap(({ id, score, queryTerms }) => {
          const passage = passages[Number(id)];
          if (passage === undefined) return [];
          const coverage = new Set(queryTerms).size / wanted.length;
          return [{ passage, score: round(score * (0.5 + 0.5 * coverage)), coverage: round(coverage) }];
        })
        .toSorted(byScore)
        .slice(0, limit);
    },
  };
}

/** A total order: equal scores fall back to the place of the passage. */
function byScore(a: Match, b: Match): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.passage.file !== b.passage.file) return a.passage.file < b.passage.file ? -1 : 1;
  return a.passage.start - b.passage.start;
}

/** Sums of floats in another order must not change the ranking. */
function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
