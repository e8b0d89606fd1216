import { z } from 'zod';
import type { Json } from './json.ts';

const Iso = z.iso.datetime({ offset: true });

/** A moment in milliseconds since 1970: given as such, or as ISO 8601 with its zone, so that it is the same everywhere. Undefined when it is none, or before 1970. */
export function momentOf(value: Json): number | undefined {
  const iso = Iso.safeParse(value);
  const moment = iso.success ? Date.parse(iso.data) : value;
  return typeof moment === 'number' && Number.isSafeInteger(moment) && moment >= 0 ? moment : undefined;
}
