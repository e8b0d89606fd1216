import type { Json, NodeDef } from '@parley/contracts';
import type { DefinitionProblem } from '../definition-error.ts';

/** The value of an expression that reads nothing; undefined for any other. */
export type Constant = (expression: string) => Json | undefined;

/** What of a node, as it is written, can never run: the node itself, or steps behind one after which the sequence always ends. */
export function* unreachableIn(def: NodeDef, pointer: string, constant: Constant): Generator<DefinitionProblem> {
  if (isNever(def, constant)) {
    const message = `${def.id} never runs: its condition is ${JSON.stringify(def.when)}; take it out, or the condition`;
    yield { pointer: `${pointer}/when`, code: 'unreachable', message };
  }
  if (def.kind !== 'sequence' || def.stopWhen === undefined || constant(def.stopWhen) !== true) return;
  // A skipped step does not end the sequence.
  const last = def.steps.findIndex(({ when }) => when === undefined || constant(when) === true);
  const next = last < 0 ? undefined : def.steps[last + 1];
  if (next === undefined) return;
  const message = `${next.id} never runs: ${def.id} always ends after ${def.steps[last]?.id}, since stopWhen is ${JSON.stringify(def.stopWhen)}`;
  yield { pointer: `${pointer}/steps/${last + 1}`, code: 'unreachable', message };
}

const isNever = ({ when }: NodeDef, constant: Constant): boolean => {
  const value = when === undefined ? undefined : constant(when);
  return value !== undefined && value !== true;
};
