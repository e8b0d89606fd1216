import type { Json } from '@parley/contracts';
import { z } from 'zod';
import { withinSubset } from './json-schema-subset.ts';

/** Answers what is wrong with a value, or undefined when it fits. */
export type SchemaCheck = (value: unknown) => string | undefined;

/** The compiled check of a schema that stands in a plan's definition. */
export type SchemaChecks = (schema: { [key: string]: Json }) => SchemaCheck;

/**
 * Compiles a JSON Schema (2020-12 without `not`, `if`, `dependent…` and `unevaluated…`). Throws `Error` for a schema that is invalid or uses
 * anything that could not be checked in full.
 */
export function jsonSchemaCheck(schema: { [key: string]: Json }): SchemaCheck {
  const type = z.fromJSONSchema(withinSubset(schema) as Parameters<typeof z.fromJSONSchema>[0], {
    registry: z.registry(),
  });
  return (value) => {
    const result = type.safeParse(value);
    if (result.success) return undefined;
    const shown = result.error.issues
      .slice(0, 5)
      .map(({ path, message }) => `/${path.map(String).join('/')}: ${message}`);
    return shown.join('; ').slice(0, 1_000);
  };
}
