import { z } from 'zod';
import type { Json } from '../json.ts';
import { base, type BaseDef } from './base.ts';
import { AskDef } from './task.ts';
import { Template } from './template.ts';

export const Participant = z.strictObject({
  name: z.string().min(1).max(128),
  ask: AskDef,
  role: z.string().max(2_000).default(''),
  /** Never chosen to speak. */
  silent: z.boolean().default(false),
});
export type Participant = z.infer<typeof Participant>;

/** Who speaks next: in turn, by chance (derived from run, node and turn), in the order given, or as a model says. */
export const SpeakerSelection = z.union([
  z.enum(['roundRobin', 'random']),
  z.strictObject({ fixed: z.array(z.string()).min(1).max(500) }),
  z.strictObject({ model: AskDef }),
]);
export type SpeakerSelection = z.infer<typeof SpeakerSelection>;

export const ChatEnd = z.strictObject({
  /** A text that contains this ends the chat. */
  keyword: z.string().min(1).max(200).optional(),
  /** So many turns in a row say `agree: true`; `all` is one each. */
  consensus: z.union([z.literal('all'), z.int().min(1).max(100)]).optional(),
  /** Asked after every n-th turn; ends the chat with `{ verdict: VALID }`. */
  judge: z.strictObject({ ask: AskDef, every: z.int().min(1).max(100).default(1) }).optional(),
  /** Money that the run may use from the beginning of the chat on, in micro-USD. */
  microUsd: z.int().positive().optional(),
});
export type ChatEnd = z.infer<typeof ChatEnd>;

/**
 * A talk: one participant speaks at a time, each turn is a task with `{ topic, turn, role, transcript, earlier }` that answers `{ text, agree? }`. `transcript` holds the
 * newest `window` texts, `earlier` counts those before: a turn costs the same however long the chat is. All texts stay in the log.
 */
export interface GroupChatDef extends BaseDef {
  kind: 'groupChat';
  topic: Json;
  participants: Participant[];
  select: SpeakerSelection;
  maxTurns: number;
  window: number;
  end: ChatEnd;
  output: 'last' | 'transcript' | { summarize: AskDef };
}

export const GroupChatDef = z.strictObject({
  ...base,
  kind: z.literal('groupChat'),
  topic: Template,
  participants: z.array(Participant).min(1).max(50),
  select: SpeakerSelection.default('roundRobin'),
  maxTurns: z.int().min(1).max(500).default(12),
  window: z.int().min(1).max(32).default(8),
  end: ChatEnd.default({}),
  output: z.union([z.enum(['last', 'transcript']), z.strictObject({ summarize: AskDef })]).default('last'),
});
