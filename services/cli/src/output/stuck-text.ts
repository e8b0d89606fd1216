import type { StuckRun } from '@parley/contracts';

/** One run that is stuck: since when, each open node with what it waits for, then what waits in a circle. `unable`: capabilities that nobody alive has. */
export function stuckText(run: StuckRun, unable: readonly string[], now: number): string {
  const { updatedAt, wakeAt, waits, more, cycles } = run;
  const lines = [`${run.run}  ${run.workflow}  ${run.status}, silent for ${durationText(now - updatedAt)}`];
  for (const { id, kind, text, until, capability } of waits) {
    const over = until === undefined ? '' : `, at the latest ${timeText(until, now)}`;
    const nobody =
      capability !== undefined && unable.includes(capability) ? `; no agent that is alive can ${capability}` : '';
    lines.push(`  ${id} (${kind}) waits for ${text}${over}${nobody}`);
  }
  if (more > 0) lines.push(`  and ${more} more`);
  if (waits.length === 0) lines.push('  nothing of it has begun');
  for (const { ids, text } of cycles) lines.push(`  circle ${[...ids, ids[0]].join(' → ')}: ${text}`);
  if (wakeAt !== undefined && wakeAt < now)
    lines.push(`  its wake-up was due ${durationText(now - wakeAt)} ago: see parley doctor, is a conductor there?`);
  return lines.join('\n');
}

const timeText = (at: number, now: number): string =>
  at <= now ? `${durationText(now - at)} ago` : `in ${durationText(at - now)}`;

const UNITS: readonly [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** A duration in its largest two units: `2 h 5 min`. */
export function durationText(ms: number): string {
  let left = Math.max(0, Math.round(ms / 1_000)) * 1_000;
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(' ') || '0 s';
}
