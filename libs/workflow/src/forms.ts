import type { Json } from '@parley/contracts';
import { Crew, crewRoot } from './crew.ts';
import { parseBody } from './document-body.ts';
import { Sop, sopLimits, sopRoot } from './sop.ts';

/** What a form of document becomes: a definition as data, and from which part of the document each part of it comes. */
export interface Compiled {
  readonly value: unknown;
  /** Pointers into the definition and into the document; the longest that fits counts. */
  readonly origins: readonly (readonly [definition: string, document: string])[];
}

/** One way to write a workflow, known by the member that only it has. */
export interface Form {
  readonly key: string;
  /** `rest` is the definition's own: name, description, limits, inputSchema. Throws `DefinitionError` with pointers into `body`. */
  compile(rest: { [key: string]: Json }, body: Json): Compiled;
}

/** The tree of nodes as it is. */
const root: Form = { key: 'root', compile: (rest, body) => ({ value: { ...rest, root: body }, origins: [] }) };

/** Id of the sequence that `steps` stands for. */
const MAIN = 'main';

/** A list of steps is a sequence of them; `stopWhen` may stand beside it. */
const steps: Form = {
  key: 'steps',
  compile({ stopWhen, ...rest }, body) {
    const sequence = { kind: 'sequence', id: MAIN, steps: body, ...(stopWhen === undefined ? {} : { stopWhen }) };
    return { value: { ...rest, root: sequence }, origins: [['/root', '']] };
  },
};

const crew: Form = {
  key: 'crew',
  compile: (rest, body) => ({
    value: { ...rest, root: crewRoot(parseBody(Crew, body)) },
    origins: [
      ['/root', '/crew'],
      ['/root/steps', '/crew/tasks'],
      ['/root/workers', '/crew/agents'],
    ],
  }),
};

const sop: Form = {
  key: 'sop',
  compile(rest, body) {
    const parsed = parseBody(Sop, body);
    const { root: procedure, origins } = sopRoot(parsed);
    return {
      value: { ...rest, root: procedure, ...sopLimits(parsed, rest['limits'] as { microUsd?: number } | undefined) },
      origins: [['/root', '/sop'], ...origins.map(([at, role]) => [at, `/sop${role}`] as const)],
    };
  },
};

export const FORMS: readonly Form[] = [root, steps, crew, sop];

/** The place in the document that a place in the definition comes from. */
export function originOf(pointer: string, origins: Compiled['origins']): string {
  let best: readonly [string, string] = ['', ''];
  for (const origin of origins) {
    const [definition] = origin;
    const covers = pointer === definition || pointer.startsWith(`${definition}/`);
    if (covers && definition.length >= best[0].length) best = origin;
  }
  return best[1] + pointer.slice(best[0].length);
}
