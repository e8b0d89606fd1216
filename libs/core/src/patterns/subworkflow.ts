import type { Json, SubworkflowDef } from '@parley/contracts';
import { referencesIn } from '../references.ts';
import { resolveTemplate } from '../template.ts';
import { endedAs, failed } from './outcome.ts';
import type { Pattern, Scene } from './pattern.ts';

/** It counts nothing: its one child says everything. */
type State = Record<string, never>;

const INPUT: Json = { $from: '/input' };

/**
 * Another workflow in the same run; it ends as that workflow does. Its input is checked against that workflow's schema (`input_invalid`) and is all that its nodes see of
 * what is around them. It is looked up again wherever it is used, never copied: what it is made of must not change while it runs, so it may not hold `/run`.
 */
export const subworkflow: Pattern<SubworkflowDef, State> = {
  start(def, view) {
    if (def.root === undefined) {
      const why = `${def.id}: the workflow ${def.workflow} was not put into the definition; register it again`;
      return { state: {}, settle: failed('workflow_unknown', why) };
    }
    const input = inputOf(def, view);
    const wrong = def.inputSchema === undefined ? undefined : view.schemas(def.inputSchema)(input);
    if (wrong === undefined) return { state: {} };
    const why = `${def.id}: the input does not fit the schema of ${def.workflow}: ${wrong}`;
    return { state: {}, settle: failed('input_invalid', why) };
  },
  wanted: () => ({ upTo: 1, inFlight: 1 }),
  childSettled: (_def, child) => ({ settle: endedAs(child) }),
  childDef({ id, root }) {
    if (root === undefined) throw new Error(`subworkflow ${id} has no nodes`);
    return root;
  },
  provide: (def, _index, tokens, scene) =>
    tokens[0] === 'input' ? { value: inputOf(def, scene), used: 1 } : undefined,
  isApart: true,
  defaultInput: () => INPUT,
  *parts({ root }) {
    if (root !== undefined) yield { pointer: '/root', def: root, names: ['input'], isApart: true };
  },
  *templates({ input }) {
    if (input !== undefined) yield { pointer: '/input', template: input, names: [] };
  },
  *schemas({ inputSchema }) {
    if (inputSchema !== undefined) yield { pointer: '/inputSchema', schema: inputSchema };
  },
  *problems({ input }) {
    for (const reference of input === undefined ? [] : referencesIn(input)) {
      if (reference !== '/run' && !reference.startsWith('/run/')) continue;
      const message = `${reference} changes while the workflow runs; its nodes see /run by themselves`;
      yield { pointer: '/input', code: 'policy_violation', message };
    }
  },
};

const inputOf = ({ input }: SubworkflowDef, { lookup, defaultInput }: Pick<Scene<State>, 'lookup' | 'defaultInput'>) =>
  resolveTemplate(input ?? defaultInput, lookup);
