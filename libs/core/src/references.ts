import type { Json } from '@parley/contracts';
import { MAX_JSON_DEPTH, nearestName } from '@parley/contracts';
import type { Part } from './patterns/pattern.ts';
import type { DefinitionProblem } from './definition-error.ts';
import type { Program } from './expression.ts';
import { parsePointer, referenceOf } from './template.ts';

/** What a place in a definition sees, without values. */
export interface StaticScope {
  names: readonly string[];
  steps?: Part['steps'];
  outer?: StaticScope;
}

/** Adds a problem for every reference of a template that nothing visible can satisfy. */
export function checkReferences(
  template: Json,
  pointer: string,
  scope: StaticScope,
  problems: DefinitionProblem[],
  depth = 0,
): void {
  if (template === null || typeof template !== 'object') return;
  if (depth > MAX_JSON_DEPTH) {
    problems.push({
      pointer,
      code: 'limit_exceeded',
      message: `the template nests deeper than ${MAX_JSON_DEPTH} levels`,
    });
    return;
  }
  if (!Array.isArray(template) && Object.hasOwn(template, '$from')) {
    const reference = referenceOf(template);
    const message =
      reference === undefined
        ? '$from stands alone in its object and is a JSON Pointer such as "/input/question"'
        : objectionTo(reference, scope);
    if (message !== undefined) problems.push({ pointer, code: 'reference_unknown', message });
    return;
  }
  for (const [key, value] of Object.entries(template)) {
    checkReferences(value, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, scope, problems, depth + 1);
  }
}

/** Adds a problem for every name that an expression reads and nothing visible can satisfy. */
export function checkReads(
  reads: Program['reads'],
  pointer: string,
  scope: StaticScope,
  problems: DefinitionProblem[],
): void {
  const seen = new Set<string>();
  for (const { name, step, offset } of reads) {
    const reference = step === undefined ? `/${name}` : `/${name}/${step}`;
    if (seen.has(reference)) continue;
    seen.add(reference);
    const message = objectionTo(reference, scope);
    if (message !== undefined) problems.push({ pointer, code: 'reference_unknown', message, offset });
  }
}

function objectionTo(reference: string, scope: StaticScope): string | undefined {
  const tokens = parsePointer(reference);
  const name = tokens?.[0];
  if (tokens === undefined || name === undefined)
    return `${JSON.stringify(reference)} is not a JSON Pointer; write for example "/input/question"`;
  const step = tokens[1];
  if (name === 'steps' && step !== undefined) {
    if (seesStep(scope, step)) return undefined;
    return `${reference}: no earlier step ${step} is visible here${suggestion(step, visibleSteps(scope), '/steps/')}`;
  }
  if (name !== 'steps' && seesName(scope, name)) return undefined;
  return `${reference} is not visible here${suggestion(name, visibleNames(scope), '/')}`;
}

const seesName = (scope: StaticScope | undefined, name: string): boolean =>
  scope !== undefined && (scope.names.includes(name) || seesName(scope.outer, name));

function seesStep(scope: StaticScope | undefined, id: string): boolean {
  if (scope === undefined) return false;
  const index = scope.steps?.indexOf.get(id);
  return (index !== undefined && index < (scope.steps?.before ?? 0)) || seesStep(scope.outer, id);
}

function visibleNames(scope: StaticScope | undefined): string[] {
  return scope === undefined ? [] : [...scope.names, ...visibleNames(scope.outer)];
}

function visibleSteps(scope: StaticScope | undefined): string[] {
  if (scope === undefined) return [];
  const { indexOf = new Map<string, number>(), before = 0 } = scope.steps ?? {};
  const own = [...indexOf].filter(([, index]) => index < before).map(([id]) => id);
  return [...own, ...visibleSteps(scope.outer)];
}

function suggestion(wrong: string, known: readonly string[], prefix: string): string {
  const nearest = nearestName(wrong, known);
  return nearest === undefined ? '' : `; the nearest is ${prefix}${nearest}`;
}

/** The pointers of all references in a template. Too deep a template has been refused before its problems are looked for; beyond that depth nothing is found. */
export function referencesIn(template: Json, depth = 0): string[] {
  if (template === null || typeof template !== 'object' || depth > MAX_JSON_DEPTH) return [];
  const reference = referenceOf(template);
  return reference !== undefined
    ? [reference]
    : Object.values(template).flatMap((value) => referencesIn(value, depth + 1));
}
