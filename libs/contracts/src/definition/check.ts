import { z } from 'zod';
import { Json } from '../json.ts';
import { Token } from '../tokens.ts';
import { Attempts, PerformMs } from './task.ts';
import { Expression, Template } from './template.ts';

/** The agent that runs commands for the platform, and what it is asked for. Nobody else's word counts as evidence of a command. */
export const RUNNER_AGENT = 'runner';
export const RUN_COMMAND = 'run_command';

/**
 * A command that the platform's runner carries out: `run` is its words, no shell reads them. `files` (`[{ path, content }]`) are written into the workspace before; left out, the `files` of the
 * candidate, if it has any. `workspace` is a folder inside that of the run; left out, that folder itself. It passes when it ends with `expectExit` within `timeoutMs`.
 */
export const CommandCheck = z.strictObject({
  run: z.array(z.string().min(1).max(4_096)).min(1).max(64),
  workspace: Template.optional(),
  files: Template.optional(),
  timeoutMs: z.int().min(100).max(900_000).default(60_000),
  expectExit: z.int().min(0).max(255).default(0),
});
export type CommandCheck = z.infer<typeof CommandCheck>;

/**
 * A condition on a candidate: a JSON Schema, an expression over `candidate`, `input` and `feedback`, a command that has to end well, or an agent that answers
 * `{ verdict: VALID | INVALID, reason }` and sees the candidate as `/candidate`.
 */
export const GateCheck = z.union([
  z.strictObject({ schema: z.record(z.string(), Json) }),
  z.strictObject({ expression: Expression, reason: z.string().max(1_000).optional() }),
  z.strictObject({ command: CommandCheck }),
  z.strictObject({
    validator: z.strictObject({
      capability: Token,
      input: Template.optional(),
      performMs: PerformMs,
      attempts: Attempts,
    }),
  }),
]);
export type GateCheck = z.infer<typeof GateCheck>;

/** All of them must pass. */
export const GateChecks = z.array(GateCheck).min(1).max(8);
