import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { Json } from '../json.ts';
import { Token } from '../tokens.ts';

/** The regions that every board has; others may be named freely. */
export const REGIONS = ['facts', 'hypotheses', 'partial-solutions', 'goals', 'artifacts'] as const;

/** `generation.counter`: the generation changes when a board is rebuilt, so that no revision is used twice. */
export const Revision = z.string().regex(/^\d+\.\d+$/);

/** One entry of a board, with where it comes from. */
export const BoardEntry = z.object({
  region: Token,
  key: Token,
  revision: Revision,
  value: Json,
  author: Token,
  /** The task that wrote it. */
  task: Token.optional(),
  confidence: z.number().min(0).max(1),
  deleted: z.boolean().default(false),
  expiresAt: z.int().positive().optional(),
});
export type BoardEntry = z.infer<typeof BoardEntry>;

export const BoardChanged = defineMessage({
  type: 'board.changed',
  subject: 'parley.v1.board.changed.{ns}.{board}.{region}',
  delivery: 'BOARD',
  from: ['guardian'],
  to: ['agent', 'conductor', 'cli'],
  performative: 'inform',
  why: 'one change of a board, relayed from the outbox that its write appended to',
  body: BoardEntry,
});
