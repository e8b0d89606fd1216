import type { Json, NodeDef, WorkflowDefinition } from '@parley/contracts';
import { MAX_NODES } from '@parley/contracts';
import { DefinitionError, type DefinitionProblem } from './definition-error.ts';
import { jsonSchemaCheck, type SchemaCheck, type SchemaChecks } from './json-schema.ts';
import type { Part } from './patterns/pattern.ts';
import { patternOf } from './patterns/registry.ts';
import { compileExpression, ExpressionFailed, ExpressionInvalid, type Program } from './expression.ts';
import { checkReads, checkReferences, type StaticScope } from './references.ts';
import { RUN_NAMES } from './run-names.ts';
import { forbiddenIn } from './static/schema-forbidden.ts';
import { secretsIn } from './static/secrets.ts';
import { unreachableIn } from './static/unreachable.ts';
import { unsatisfiableIn } from './static/unsatisfiable.ts';

/** Deepest nesting of nodes. */
export const MAX_NESTING = 100;

/** A definition that passed every check, with its schemas compiled. Immutable; may be shared by all runs of its digest. */
export interface Plan {
  readonly digest: string;
  readonly definition: WorkflowDefinition;
  readonly schemas: SchemaChecks;
  /** The compiled form of an expression that stands in the definition. */
  program(expression: string): Program;
}

const OF_ANY_RUN: StaticScope = { names: ['run'] };

/** Compiles a definition. Throws `DefinitionError` with all problems: ids are unique in the whole tree (in each workflow of it), references are visible, schemas compile. */
export function compilePlan(definition: WorkflowDefinition, digest: string): Plan {
  const problems: DefinitionProblem[] = [];
  const checks = new Map<object, SchemaCheck>();
  const compile = (pointer: string, schema: { [key: string]: Json }): void => {
    const forbidden = forbiddenIn(schema);
    if (forbidden !== undefined) {
      problems.push({ pointer, code: 'schema_forbidden', message: forbidden });
      return;
    }
    try {
      checks.set(schema, jsonSchemaCheck(schema));
    } catch (cause) {
      problems.push({
        pointer,
        code: 'schema_invalid',
        message: `not a usable JSON Schema: ${(cause as Error).message}`,
      });
    }
  };
  const programs = new Map<string, Program>();
  const express = (pointer: string, expression: string, scope: StaticScope): void => {
    try {
      const program = programs.get(expression) ?? compileExpression(expression);
      programs.set(expression, program);
      if (program.reads.length === 0) program.evaluate(() => undefined);
      checkReads(program.reads, pointer, scope, problems);
    } catch (error) {
      problems.push({ pointer, ...expressionProblem(error) });
    }
  };
  const constant = (expression: string): Json | undefined => {
    const program = programs.get(expression);
    if (program === undefined || program.reads.length > 0) return undefined;
    try {
      return program.evaluate(() => undefined);
    } catch (error) {
      if (error instanceof ExpressionFailed) return undefined;
      throw error;
    }
  };
  problems.push(...secretsIn(definition));
  if (definition.inputSchema !== undefined) compile('/inputSchema', definition.inputSchema);

  let nodes = 0;
  const visit = (def: NodeDef, pointer: string, depth: number, scope: StaticScope, ids: Map<string, string>): void => {
    nodes += 1;
    if (nodes === MAX_NODES + 1)
      problems.push({
        pointer,
        code: 'limit_exceeded',
        message: `the definition has more than ${MAX_NODES} nodes; split it into several workflows`,
      });
    if (nodes > MAX_NODES) return;
    const first = ids.get(def.id);
    if (first === undefined) ids.set(def.id, pointer);
    else
      problems.push({
        pointer: `${pointer}/id`,
        code: 'duplicate_id',
        message: `the id ${def.id} is taken by ${first}`,
      });
    if (def.when !== undefined) express(`${pointer}/when`, def.when, scope);
    if (def.kind === 'task') {
      problems.push(...unreachableIn(def, pointer, constant));
      if (def.input !== undefined) checkReferences(def.input, `${pointer}/input`, scope, problems);
      return;
    }
    if (depth === MAX_NESTING) {
      problems.push({
        pointer,
        code: 'limit_exceeded',
        message: `nodes nest deeper than ${MAX_NESTING} levels; take inner ones out`,
      });
      return;
    }
    const pattern = patternOf(def);
    for (const { pointer: at, schema } of pattern.schemas(def)) compile(pointer + at, schema);
    for (const { pointer: at, template, names } of pattern.templates(def)) {
      checkReferences(template, pointer + at, { names, outer: scope }, problems);
    }
    for (const { pointer: at, expression, names } of pattern.expressions?.(def) ?? []) {
      express(pointer + at, expression, { names, outer: scope });
    }
    problems.push(...unreachableIn(def, pointer, constant));
    problems.push(...unsatisfiableIn(def, pointer, constant));
    for (const problem of pattern.problems?.(def) ?? []) {
      problems.push({ ...problem, pointer: pointer + problem.pointer });
    }
    for (const part of pattern.parts(def)) {
      const inner = scopeOf(part, part.isApart ? OF_ANY_RUN : scope);
      visit(part.def, pointer + part.pointer, depth + 1, inner, part.isApart ? new Map() : ids);
    }
  };
  visit(definition.root, '/root', 1, { names: RUN_NAMES }, new Map());

  if (problems.length > 0) throw new DefinitionError(problems);
  return {
    digest,
    definition,
    schemas(schema) {
      const check = checks.get(schema);
      if (check === undefined) throw new Error('the schema is not part of this plan');
      return check;
    },
    program(expression) {
      const program = programs.get(expression);
      if (program === undefined) throw new Error('the expression is not part of this plan');
      return program;
    },
  };
}

const scopeOf = ({ names, steps }: Part, outer: StaticScope): StaticScope => ({
  names,
  outer,
  ...(steps === undefined ? {} : { steps }),
});

/** An expression that is no CEL, or one that reads nothing and has no value: it would fail every time. */
function expressionProblem(error: unknown): Omit<DefinitionProblem, 'pointer'> {
  if (error instanceof ExpressionFailed) {
    return { code: 'expression_invalid', message: `never has a value: ${error.message}`, offset: 0 };
  }
  if (!(error instanceof ExpressionInvalid)) throw error;
  const { offset, message } = error;
  return { code: 'expression_invalid', message: `character ${offset + 1}: ${message}`, offset };
}
