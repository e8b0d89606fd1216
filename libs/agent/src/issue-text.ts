import type { z } from 'zod';

/** The first fault of a value as `/path: what is wrong`. */
export function issueText(error: z.ZodError): string {
  const issue = error.issues[0];
  return `/${(issue?.path ?? []).join('/')}: ${issue?.message ?? 'invalid'}`;
}
