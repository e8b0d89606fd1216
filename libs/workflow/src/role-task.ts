import type { Json } from '@parley/contracts';
import { type BuiltNode, from, task } from './nodes.ts';

/** The capability of an agent that plays whatever role it is told. */
export const PLAY_ROLE = 'play_role';

/** Somebody's turn: who they are, what they are to do, and what others have made for it. */
export interface Turn {
  id: string;
  role: string;
  goal: string;
  backstory?: string | undefined;
  task: Json;
  expectedOutput: Json;
  /** Where each thing they get comes from: a pointer, by the name they see it under. */
  context: Readonly<Record<string, string>>;
  capability?: string | undefined;
}

/** A turn as a task. Every role sees the run's input too. */
export function roleTask({
  id,
  role,
  goal,
  backstory,
  task: what,
  expectedOutput,
  context,
  capability,
}: Turn): BuiltNode {
  const given: { [key: string]: Json } = {};
  for (const [name, pointer] of Object.entries(context)) given[name] = from(pointer);
  const who = { role, goal, ...(backstory === undefined ? {} : { backstory }) };
  const input: Json = { ...who, task: what, expectedOutput, context: given, input: from('/input') };
  return task(id, { capability: capability ?? PLAY_ROLE, input });
}
