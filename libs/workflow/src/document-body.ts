import { nearestName, type SchemaNode, shapeProblems } from '@parley/contracts';
import { DefinitionError, type DefinitionProblem } from '@parley/core';
import { z } from 'zod';

/** Reads what a form of document is made of. Throws `DefinitionError` with everything that is wrong with its form. */
export function parseBody<T extends z.ZodType>(type: T, body: unknown): z.output<T> {
  const result = type.safeParse(body);
  if (result.success) return result.data;
  throw new DefinitionError(shapeProblems(result.error, body, bodySchema(type)));
}

/** JSON Schema of what a form is made of, as it is written. */
export function bodySchema(type: z.ZodType): SchemaNode {
  const { $schema: _schema, ...schema } = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' });
  return schema as SchemaNode;
}

/** A name that leads nowhere, with the nearest of those that lead somewhere. */
export function unknownName(pointer: string, what: string, name: string, names: readonly string[]): DefinitionProblem {
  const nearest = nearestName(name, names);
  const hint =
    nearest === undefined ? `known: ${names.slice(0, 30).join(', ') || 'none'}` : `the nearest is ${nearest}`;
  return { pointer, code: 'reference_unknown', message: `${what} ${JSON.stringify(name)}; ${hint}` };
}
