/** What separates one step from the next in a description. */
const BETWEEN =
  /\s*(?:→|->|;|\.\s|,?\s*\b(?:and then|then|after that|afterwards|followed by|and finally|finally)\b)[,:]?\s*/i;

const MAX_STEPS = 8;

/** The steps that a description names in their order; two general ones where it names none. */
export function stepsOf(description: string): string[] {
  const named = description
    .split(BETWEEN)
    .map((step) => step.replace(/^\s*(?:first|please)\b[,:]?\s*/i, '').replace(/[\s.,;]+$/, ''))
    .filter((step) => /\w{2}/.test(step))
    .map((step) => step.slice(0, 500))
    .slice(0, MAX_STEPS);
  if (named.length > 1) return named;
  const task = named[0] ?? 'the goal';
  return [`What is needed for this: ${task}`, `Do this with what was found: ${task}`];
}
