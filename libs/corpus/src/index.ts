export type { Citation, CitationFault, CitationResult } from './citations.ts';
export type { Corpus, Hit, PassageRequest, PassageText } from './corpus.ts';
export { CorpusError, type CorpusErrorCode } from './errors.ts';
export { type LoadOptions, loadCorpus, type Progress } from './load-corpus.ts';
export type { Sentence } from './sentences.ts';
export { terms } from './terms.ts';
export type { Skipped, SkipReason } from './walk-folder.ts';
