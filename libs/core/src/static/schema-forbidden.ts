import type { Json } from '@parley/contracts';

/** Largest JSON Schema in a definition, in characters of its JSON. */
export const MAX_SCHEMA_CHARACTERS = 256 * 1024;

/** Members whose value is data, not a schema. */
const DATA = new Set(['const', 'enum', 'default', 'examples']);

/** Why a schema may not stand in a definition: too large, fetched from elsewhere, or endless. Undefined when it may. */
export function forbiddenIn(schema: { [key: string]: Json }): string | undefined {
  const characters = JSON.stringify(schema).length;
  if (characters > MAX_SCHEMA_CHARACTERS) {
    return `the schema has ${characters} characters; the most is ${MAX_SCHEMA_CHARACTERS}`;
  }
  const references = new Map<string, string[]>();
  const remote = collect(schema, '#', references);
  if (remote !== undefined) {
    return `$ref ${JSON.stringify(remote.slice(0, 100))} leads out of the schema; copy what it names into $defs and refer to "#/$defs/…"`;
  }
  const cycle = cycleFrom('#', references, []);
  return cycle === undefined
    ? undefined
    : `the schema is recursive: ${cycle.join(' → ')}; write out as many levels as are needed`;
}

/** Gathers, for the schema and each of its definitions, which of them it refers to. Answers the first reference that leads elsewhere. */
function collect(value: Json, owner: string, references: Map<string, string[]>): string | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, item] of Object.entries(value)) {
    if (DATA.has(key)) continue;
    if ((key === '$ref' || key === '$dynamicRef') && typeof item === 'string') {
      if (!item.startsWith('#')) return item;
      references.set(owner, [...(references.get(owner) ?? []), item]);
      continue;
    }
    const isDefinitions = owner === '#' && (key === '$defs' || key === 'definitions');
    if (isDefinitions && item !== null && typeof item === 'object' && !Array.isArray(item)) {
      for (const [name, definition] of Object.entries(item)) {
        const remote = collect(definition, `#/${key}/${name}`, references);
        if (remote !== undefined) return remote;
      }
      continue;
    }
    const remote = collect(item, owner, references);
    if (remote !== undefined) return remote;
  }
  return undefined;
}

/** A way from the schema back into where it already is. */
function cycleFrom(
  at: string,
  references: ReadonlyMap<string, readonly string[]>,
  trail: readonly string[],
  done = new Set<string>(),
): string[] | undefined {
  if (trail.includes(at)) return [...trail.slice(trail.indexOf(at)), at];
  if (done.has(at)) return undefined;
  for (const next of references.get(at) ?? []) {
    const cycle = cycleFrom(next, references, [...trail, at], done);
    if (cycle !== undefined) return cycle;
  }
  done.add(at);
  return undefined;
}
