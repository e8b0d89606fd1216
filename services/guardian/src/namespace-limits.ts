import { isToken, Limits } from '@parley/contracts';

/** Limits per namespace; one that is not named has none. */
export type NamespaceLimits = Readonly<Record<string, Limits>>;

/** Reads `{"acme":{"tokens":1000000,"microUsd":5000000}}`; a text instead of limits says what is wrong. */
export function parseNamespaceLimits(text: string): NamespaceLimits | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `is not JSON: ${(error as Error).message}`;
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'must be a JSON object of namespaces';
  const limits: Record<string, Limits> = {};
  for (const [ns, each] of Object.entries(value)) {
    if (!isToken(ns)) return `${JSON.stringify(ns)} is not a namespace`;
    const parsed = Limits.safeParse(each);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return `${[ns, ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'invalid'}`;
    }
    limits[ns] = parsed.data;
  }
  return limits;
}
