/** Orders two revisions `generation.counter`: negative when `a` is older than `b`. */
export function compareRevisions(a: string, b: string): number {
  const [generationA, counterA] = partsOf(a);
  const [generationB, counterB] = partsOf(b);
  return generationA - generationB || counterA - counterB;
}

/** The generation of a revision. */
export const generationOf = (revision: string): number => partsOf(revision)[0];

function partsOf(revision: string): [generation: number, counter: number] {
  const cut = revision.indexOf('.');
  return [Number(revision.slice(0, cut)), Number(revision.slice(cut + 1))];
}
