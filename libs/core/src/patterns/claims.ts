import type { Json } from '@parley/contracts';

/** Members by which somebody says of work that it was tested. */
const CLAIMS = new Set(['passes', 'passed', 'tested', 'verified']);

/** What such a claim is as a `status`. */
const STATUSES = new Set(['done', 'tested', 'passed', 'verified']);

const MAX_POINTER = 200;

/**
 * The JSON Pointer of the first claim, anywhere in a worker's output, that something was tested; undefined when there is none. `false` and null claim nothing. Texts are not read: a file
 * may say what it likes.
 */
export function claimIn(output: Json, at = ''): string | undefined {
  if (output === null || typeof output !== 'object') return undefined;
  for (const [key, value] of Object.entries(output)) {
    const pointer = `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`.slice(0, MAX_POINTER);
    const found = !Array.isArray(output) && isClaim(key, value) ? pointer : claimIn(value, pointer);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The members of a feature that claim nothing. */
export const withoutClaims = (feature: { [key: string]: Json }): { [key: string]: Json } =>
  Object.fromEntries(Object.entries(feature).filter(([key, value]) => !isClaim(key, value)));

function isClaim(key: string, value: Json): boolean {
  const name = key.toLowerCase();
  if (name === 'status') return typeof value === 'string' && STATUSES.has(value.trim().toLowerCase());
  return CLAIMS.has(name) && value !== false && value !== null;
}
