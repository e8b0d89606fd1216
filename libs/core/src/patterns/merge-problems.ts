import type { ConcurrentDef } from '@parley/contracts';
import { nearestName } from '@parley/contracts';
import type { DefinitionProblem } from '../definition-error.ts';
import { parsePointer } from '../template.ts';

/** What of a concurrent node, as it is written, can never come out: experts that are no branches, more results than branches, values at what is no place. */
export function* mergeProblems(def: ConcurrentDef): Generator<DefinitionProblem> {
  const { merge, branches, enough, onFailure } = def;
  if (merge.by === 'vote' || merge.by === 'confidence') {
    yield* pointerProblem('/merge/on', merge.on);
    if (merge.by === 'confidence') yield* pointerProblem('/merge/confidence', merge.confidence);
  }
  if (merge.by === 'expert' && branches === undefined)
    yield { pointer: '/merge/by', code: 'unsatisfiable', message: 'experts are branches by their ids; a map has none' };
  const ids = branches?.map(({ id }) => id) ?? [];
  if (merge.by === 'expert' && branches !== undefined) {
    for (const [i, id] of merge.order.entries()) {
      if (ids.includes(id)) continue;
      const nearest = nearestName(id, ids);
      const hint = nearest === undefined ? `known: ${ids.slice(0, 30).join(', ')}` : `the nearest is ${nearest}`;
      yield { pointer: `/merge/order/${i}`, code: 'reference_unknown', message: `no branch is called ${id}; ${hint}` };
    }
  }
  if (branches === undefined) return;
  const most = branches.length;
  if (typeof onFailure === 'object' && onFailure.quorum > most)
    yield unreachable('/onFailure/quorum', onFailure.quorum, most);
  if (enough?.count !== undefined && enough.count > most) yield unreachable('/enough/count', enough.count, most);
}

const unreachable = (pointer: string, wanted: number, most: number): DefinitionProblem => ({
  pointer,
  code: 'unsatisfiable',
  message: `${wanted} branches are to complete, but there are ${most}`,
});

function* pointerProblem(pointer: string, value: string): Generator<DefinitionProblem> {
  if (value === '' || parsePointer(value) !== undefined) return;
  const message = `${JSON.stringify(value)} is not a JSON Pointer; write for example "/verdict", or "" for the whole output`;
  yield { pointer, code: 'value_invalid', message };
}
