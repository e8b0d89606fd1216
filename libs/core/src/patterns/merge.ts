import type { Json, Merge } from '@parley/contracts';
import { canonicalJson } from '@parley/contracts';
import type { Outcome } from '../state.ts';
import { resolveTemplate, UnresolvedInput } from '../template.ts';
import { failed } from './outcome.ts';
import type { View } from './pattern.ts';

/** A completed branch. */
export interface Branch {
  id: string | undefined;
  output: Json;
}

/** Makes one output of those of the completed branches, which are in branch order. `synthesis` is a task of its own and not done here. */
export function mergeOf(merge: Merge, branches: readonly Branch[], view: Pick<View<Json>, 'evaluate'>): Outcome {
  const outputs = branches.map(({ output }) => output);
  switch (merge.by) {
    case 'list':
    case 'synthesis':
      return { status: 'completed', output: outputs };
    case 'vote':
      return vote(merge, outputs);
    case 'confidence':
      return surest(merge, outputs);
    case 'expert': {
      const expert = merge.order
        .map((id) => branches.find((branch) => branch.id === id))
        .find((found) => found !== undefined);
      if (expert === undefined) return failed('merge_no_expert', `none of ${merge.order.join(', ')} has completed`);
      return { status: 'completed', output: expert.output };
    }
    case 'custom':
      return { status: 'completed', output: view.evaluate(merge.expression, { outputs }) };
  }
}

/** The values that the outputs give, grouped: those that are equal as JSON are one. An output without the value does not count. */
function grouped(on: string, outputs: readonly Json[]): { value: Json; outputs: Json[] }[] {
  const groups = new Map<string, { value: Json; outputs: Json[] }>();
  for (const output of outputs) {
    const value = valueAt(on, output);
    if (value === undefined) continue;
    const key = canonicalJson(value);
    const group = groups.get(key) ?? { value, outputs: [] };
    group.outputs.push(output);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function vote({ on, onTie }: Extract<Merge, { by: 'vote' }>, outputs: readonly Json[]): Outcome {
  const groups = grouped(on, outputs);
  const most = Math.max(0, ...groups.map((group) => group.outputs.length));
  const winners = groups.filter((group) => group.outputs.length === most);
  const [winner] = winners;
  if (winner === undefined) return failed('merge_no_value', `no branch gave a value${on === '' ? '' : ` at ${on}`}`);
  if (winners.length > 1 && onTie === 'fail')
    return failed('merge_tie', `${winners.length} values have ${most} votes each`);
  return { status: 'completed', output: { value: winner.value, votes: most, of: outputs.length } };
}

function surest({ on, confidence }: Extract<Merge, { by: 'confidence' }>, outputs: readonly Json[]): Outcome {
  const sureness = (output: Json): number => {
    const given = valueAt(confidence, output);
    return typeof given === 'number' ? Math.min(1, Math.max(0, given)) : 0;
  };
  let best: { sum: number; outputs: Json[] } | undefined;
  for (const group of grouped(on, outputs)) {
    const sum = group.outputs.reduce((total: number, output) => total + sureness(output), 0);
    if (best === undefined || sum > best.sum) best = { sum, outputs: group.outputs };
  }
  if (best === undefined) return failed('merge_no_value', `no branch gave a value${on === '' ? '' : ` at ${on}`}`);
  const output = best.outputs.reduce((a, b) => (sureness(b) > sureness(a) ? b : a));
  return { status: 'completed', output };
}

/** The value at a JSON Pointer; the whole for the empty one. */
function valueAt(pointer: string, output: Json): Json | undefined {
  if (pointer === '') return output;
  try {
    return resolveTemplate({ $from: pointer }, () => ({ value: output, used: 0 }));
  } catch (error) {
    if (error instanceof UnresolvedInput) return undefined;
    throw error;
  }
}
