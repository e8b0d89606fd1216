import { BRIEF_BYTES, type HandoffBrief } from '@parley/contracts';

const TEXT = 4_000;
const POINT = 2_000;
const POINTS = 32;
/** Lengths of a point that are tried until the whole fits; a text may be twice as long. */
const LENGTHS = [POINT, 1_000, 500, 250, 120, 60, 30, 15];

/** The brief within its bounds: what is too long is cut, and says so. */
export function cutBrief(brief: HandoffBrief): HandoffBrief {
  for (const length of LENGTHS) {
    const cut = {
      asked: cutText(brief.asked, Math.min(TEXT, 2 * length)),
      found: cutPoints(brief.found, length),
      failed: cutPoints(brief.failed, length),
      next: cutText(brief.next, Math.min(TEXT, 2 * length)),
    };
    if (Buffer.byteLength(JSON.stringify(cut)) <= BRIEF_BYTES) return cut;
  }
  return { asked: cutText(brief.asked, 500), found: [], failed: [], next: cutText(brief.next, 500) };
}

/** At most that many UTF-16 units, the note included; never half a character. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const note = `… (cut, ${text.length})`;
  return (text.slice(0, Math.max(0, length - note.length)) + note).toWellFormed();
}

function cutPoints(points: readonly string[], length: number): string[] {
  const kept =
    points.length > POINTS ? [...points.slice(0, POINTS - 1), `… (${points.length - POINTS + 1} more)`] : points;
  return kept.map((point) => cutText(point, length));
}
