import type { GateCheck, Json, NodeDef } from '@parley/contracts';
import type { DefinitionProblem } from '../definition-error.ts';
import type { Constant } from './unreachable.ts';

type Schema = { [key: string]: Json };

/** Keywords that bound the same thing from below and above, and the type that they are about. */
const BOUNDS = [
  ['minimum', 'maximum', 'number'],
  ['minLength', 'maxLength', 'string'],
  ['minItems', 'maxItems', 'array'],
  ['minContains', 'maxContains', 'array'],
  ['minProperties', 'maxProperties', 'object'],
] as const;

const MAX_DEPTH = 20;

/** Checks of a node that no output can ever pass, as they are written. */
export function* unsatisfiableIn(def: NodeDef, pointer: string, constant: Constant): Generator<DefinitionProblem> {
  for (const { checks, at } of checksOf(def)) {
    for (const [i, check] of checks.entries()) {
      const found = objectionTo(check, constant);
      if (found !== undefined)
        yield {
          pointer: `${pointer}${at}/${i}/${found.at}`,
          code: 'unsatisfiable',
          message: `nothing can pass: ${found.why}`,
        };
    }
  }
}

function* checksOf(def: NodeDef): Generator<{ checks: readonly GateCheck[]; at: string }> {
  if (def.kind === 'gate') yield { checks: def.checks, at: '/checks' };
  if (def.kind !== 'stateMachine') return;
  for (const [name, { on }] of Object.entries(def.states))
    for (const [i, { gate }] of on.entries())
      if (gate !== undefined) yield { checks: gate, at: `/states/${name}/on/${i}/gate` };
}

function objectionTo(check: GateCheck, constant: Constant): { at: string; why: string } | undefined {
  if ('schema' in check) {
    const why = contradictionIn(check.schema, MAX_DEPTH);
    return why === undefined ? undefined : { at: 'schema', why };
  }
  if (!('expression' in check)) return undefined;
  const value = constant(check.expression);
  if (value === undefined || value === true) return undefined;
  return { at: 'expression', why: `${check.expression} is always ${JSON.stringify(value)}` };
}

/** Why a schema fits nothing at all; undefined where that cannot be told. Bounds are told also where no type is named: they are a mistake. */
function contradictionIn(schema: Json | undefined, depth: number): string | undefined {
  if (schema === false) return 'the schema is false';
  if (!isSchema(schema) || depth === 0) return undefined;
  const { type, required, properties, items, minItems, allOf, anyOf, oneOf } = schema;
  if (Array.isArray(schema['enum']) && schema['enum'].length === 0) return 'its enum is empty';
  if (Array.isArray(type) && type.length === 0) return 'it allows no type';
  for (const [low, high, of] of BOUNDS) {
    const [least, most] = [schema[low], schema[high]];
    if (typeof least !== 'number' || typeof most !== 'number' || least <= most) continue;
    if (type === undefined || type === of || (of === 'number' && type === 'integer'))
      return `${low} ${least} is above ${high} ${most}`;
  }
  const { const: fixed, enum: allowed } = schema;
  if (
    fixed !== undefined &&
    Array.isArray(allowed) &&
    !allowed.some((one) => JSON.stringify(one) === JSON.stringify(fixed))
  )
    return `its const ${JSON.stringify(fixed)} is not in its enum`;
  if (type === 'object' && Array.isArray(required) && isSchema(properties)) {
    for (const name of required) {
      if (typeof name !== 'string' || !Object.hasOwn(properties, name)) continue;
      const why = contradictionIn(properties[name], depth - 1);
      if (why !== undefined) return `${name} is required, and ${why}`;
    }
  }
  if (type === 'array' && typeof minItems === 'number' && minItems > 0) {
    const why = contradictionIn(items, depth - 1);
    if (why !== undefined) return `it needs an item, and ${why}`;
  }
  for (const part of Array.isArray(allOf) ? allOf : []) {
    const why = contradictionIn(part, depth - 1);
    if (why !== undefined) return why;
  }
  for (const parts of [anyOf, oneOf]) {
    if (!Array.isArray(parts) || parts.length === 0) continue;
    const whys = parts.map((part) => contradictionIn(part, depth - 1));
    if (whys.every((why) => why !== undefined)) return whys[0];
  }
  return undefined;
}

const isSchema = (value: Json | undefined): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
