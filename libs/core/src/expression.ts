import { type ASTNode, Environment, type EvaluationError, type ParseError } from '@marcbachmann/cel-js';
import type { Json } from '@parley/contracts';
import type { Lookup } from './template.ts';

/** An expression that cannot be used at all. `offset` is the character at fault, from 0. */
export class ExpressionInvalid extends Error {
  override readonly name = 'ExpressionInvalid';
  readonly offset: number;

  constructor(message: string, offset: number, options?: ErrorOptions) {
    super(message, options);
    this.offset = offset;
  }
}

/** An expression that has no value for this data. */
export class ExpressionFailed extends Error {
  override readonly name = 'ExpressionFailed';
}

/** A compiled expression: pure, and bounded by its own size and the data's. */
export interface Program {
  /** Names of the scope that it reads; steps as `steps.{id}`. */
  readonly reads: readonly Read[];
  /** Its value; `own` hides what the scope gives under the same name. Throws `ExpressionFailed`. */
  evaluate(lookup: Lookup, own?: Readonly<Record<string, Json>>): Json;
}

interface Read {
  readonly name: string;
  /** Which step, for `steps`. */
  readonly step?: string;
  readonly offset: number;
}

const LIMITS = { maxAstNodes: 400, maxDepth: 24, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 16 };

/** Loops inside loops: more would let a short expression take for ever on long lists. */
const MAX_LOOP_DEPTH = 2;

const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  limits: LIMITS,
});

/** Compiles a CEL expression. Throws `ExpressionInvalid`. */
export function compileExpression(text: string): Program {
  let parsed: ReturnType<typeof environment.parse>;
  try {
    parsed = environment.parse(text);
  } catch (cause) {
    throw invalid(cause);
  }
  const checked = parsed.check();
  if (!checked.valid) throw invalid(checked.error);
  const reads: Read[] = [];
  collect(parsed.ast, [], 0, reads);
  return { reads, evaluate: (lookup, own = {}) => evaluate(text, parsed, reads, lookup, own) };
}

function evaluate(
  text: string,
  program: (context: Record<string, unknown>) => unknown,
  reads: readonly Read[],
  lookup: Lookup,
  own: Readonly<Record<string, Json>>,
): Json {
  const context: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const steps: Record<string, Json> = Object.create(null) as Record<string, Json>;
  for (const { name, step } of reads) {
    if (Object.hasOwn(own, name)) context[name] = own[name];
    else if (step === undefined) context[name] = lookup([name])?.value ?? null;
    else {
      const found = lookup([name, step]);
      if (found !== undefined) steps[step] = found.value;
      context[name] = steps;
    }
  }
  try {
    return toJson(program(context));
  } catch (cause) {
    const { summary, message } = cause as EvaluationError;
    throw new ExpressionFailed(`${text.slice(0, 200)}: ${summary ?? message}`.slice(0, 1_000), { cause });
  }
}

/** Numbers of CEL are bigint or double; JSON has one kind. */
function toJson(value: unknown): Json {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), toJson(item)]));
  const prototype: unknown = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined;
  if (prototype === Object.prototype || prototype === null) {
    return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, toJson(item)]));
  }
  throw new Error('the value is not JSON');
}

/** Walks the tree: what it reads, how deep loops nest, and what is not allowed. */
function collect(node: ASTNode, bound: readonly string[], loops: number, reads: Read[]): void {
  const into = (child: ASTNode, more: readonly string[] = bound, depth = loops): void =>
    collect(child, more, depth, reads);
  switch (node.op) {
    case 'value':
      return;
    case 'id':
      if (!bound.includes(node.args)) reads.push({ name: node.args, offset: node.start });
      return;
    case '.':
    case '.?': {
      const [object, field] = node.args;
      if (isSteps(object, bound)) reads.push({ name: 'steps', step: field, offset: node.start });
      else into(object);
      return;
    }
    case '[]':
    case '[?]': {
      const [object, key] = node.args;
      if (isSteps(object, bound) && key.op === 'value' && typeof key.args === 'string') {
        reads.push({ name: 'steps', step: key.args, offset: node.start });
        return;
      }
      into(object);
      into(key);
      return;
    }
    case 'call':
      refuseMatches(node.args[0], node.start);
      for (const argument of node.args[1]) into(argument);
      return;
    case 'rcall': {
      const [name, receiver, given] = node.args;
      refuseMatches(name, node.start);
      into(receiver);
      const [variable] = given;
      if (!LOOPS.has(name) || variable?.op !== 'id') {
        for (const argument of given) into(argument);
        return;
      }
      if (loops === MAX_LOOP_DEPTH)
        throw new ExpressionInvalid(`loops nest deeper than ${MAX_LOOP_DEPTH} levels`, node.start);
      for (const argument of given.slice(1)) into(argument, [...bound, variable.args], loops + 1);
      return;
    }
    case 'map':
      for (const [key, value] of node.args) {
        into(key);
        into(value);
      }
      return;
    case '!_':
    case '-_':
      into(node.args);
      return;
    default:
      for (const argument of node.args) into(argument);
  }
}

const isSteps = (node: ASTNode, bound: readonly string[]): boolean =>
  node.op === 'id' && node.args === 'steps' && !bound.includes('steps');

/** A regular expression can take exponential time. */
function refuseMatches(name: string, offset: number): void {
  if (name === 'matches')
    throw new ExpressionInvalid('matches is not offered; use contains, startsWith or endsWith', offset);
}

function invalid(cause: unknown): ExpressionInvalid {
  const { summary, message, range } = cause as ParseError;
  return new ExpressionInvalid(summary ?? message, range?.start ?? 0, { cause });
}
