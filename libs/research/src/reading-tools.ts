import { defineTool } from '@parley/agent';
import type { Corpus } from '@parley/corpus';
import { z } from 'zod';

const MAX_HITS = 8;
const HIT_CHARACTERS = 1_500;
const MAX_CONTEXT_LINES = 20;

/** Looks for passages by key words. */
export const searchCorpus = (corpus: Pick<Corpus, 'search'>) =>
  defineTool({
    name: 'search_corpus',
    version: '1',
    description:
      'Finds the passages of the documents that fit a query best. Coverage is the share of the query found, from 0 to 1.',
    input: z.object({ query: z.string().min(1).describe('Key words, or a question.') }),
    output: z.object({
      hits: z.array(
        z.object({ file: z.string(), line: z.int(), heading: z.string(), text: z.string(), coverage: z.number() }),
      ),
    }),
    run: ({ query }) => ({
      hits: corpus.search(query, { limit: MAX_HITS }).map(({ file, line, heading, text, coverage }) => ({
        file,
        line,
        heading,
        text: text.slice(0, HIT_CHARACTERS).toWellFormed(),
        coverage: Math.round(coverage * 100) / 100,
      })),
    }),
  });

/** Reads the sentences around a line. */
export const readPassage = (corpus: Pick<Corpus, 'readPassage'>) =>
  defineTool({
    name: 'read_passage',
    version: '1',
    description:
      'Reads the passage around a line of a document as sentences with their line numbers; each is fit to be quoted.',
    input: z.object({
      file: z.string().describe('As a search result named it.'),
      line: z.int().min(1),
      context: z.int().min(0).max(MAX_CONTEXT_LINES).optional().describe('Further lines on either side.'),
    }),
    output: z.object({
      file: z.string(),
      startLine: z.int(),
      endLine: z.int(),
      sentences: z.array(z.object({ line: z.int(), text: z.string() })),
    }),
    run({ file, line, context = 0 }) {
      const { startLine, endLine, sentences } = corpus.readPassage({ file, line, context });
      return { file, startLine, endLine, sentences: [...sentences] };
    },
  });
