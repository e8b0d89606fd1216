/** Names compared for a suggestion; a mistake beside a huge list stays cheap. */
const COMPARED = 500;

/**
 * The candidate that `name` most probably meant: fewest characters to insert, delete or replace, the first of equals. Undefined when none is within two or
 * a third of its length.
 */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Infinity;
  for (const candidate of candidates.slice(-COMPARED)) {
    const distance = editDistance(name.slice(0, 128), candidate);
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return least <= Math.max(2, Math.floor(name.length / 3)) ? nearest : undefined;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substituted));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
