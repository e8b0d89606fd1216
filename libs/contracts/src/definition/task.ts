import { z } from 'zod';
import { Token } from '../tokens.ts';
import { base } from './base.ts';
import { Criteria, Template } from './template.ts';

/** Longest time one delivery of the work may take, in milliseconds. */
export const PerformMs = z.int().min(100).max(86_400_000).default(120_000);

/** Attempts that may end in failure or expiry before the task fails. */
export const Attempts = z.int().min(1).max(20).default(3);

/** Hand-offs that one task may go through, whoever asks for them. */
export const MAX_HOPS = 50;

/** A leaf: work for one agent. */
export const TaskDef = z.strictObject({
  ...base,
  kind: z.literal('task'),
  capability: Token,
  input: Template.optional(),
  criteria: Criteria.default('balanced'),
  performMs: PerformMs,
  attempts: Attempts,
  /** Direct routing: only these agents are asked. */
  agents: z.array(Token).min(1).max(64).optional(),
  /** Hand-offs that agents may ask for before the task fails; 0 forbids them. */
  handoffs: z.int().min(0).max(MAX_HOPS).optional(),
  /** The same work (capability, agents and input) that was completed in this run is not done again: its output is taken at once, without a step. */
  cache: z.boolean().optional(),
});
export type TaskDef = z.infer<typeof TaskDef>;

/** A task that a pattern makes by itself: who is asked, and how long and how often. */
export const AskDef = z.strictObject({
  capability: Token,
  agents: z.array(Token).min(1).max(64).optional(),
  /** What is asked; left out, what the pattern gives. */
  input: Template.optional(),
  performMs: PerformMs,
  attempts: Attempts,
});
export type AskDef = z.infer<typeof AskDef>;
