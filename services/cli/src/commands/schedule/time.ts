import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration such as `90s`, `15m`, `2h`, `1d`, `1h30m`. */
export function duration(text: string): number {
  const parts = [...text.matchAll(/(\d{1,9})([smhd])/g)];
  const ms = parts.reduce((sum, [, count = '0', unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
  if (parts.map(([part]) => part).join('') !== text || ms === 0)
    throw new InvalidArgumentError('Give a duration such as 90s, 15m, 2h, 1d or 1h30m.');
  return ms;
}

/** Milliseconds since 1970 of a time such as `2026-03-01T09:00:00Z`; without Z or offset it is one of this computer. */
export function moment(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new InvalidArgumentError('Give a time such as 2026-03-01T09:00:00Z or 2026-03-01T09:00:00+01:00.');
  return ms;
}
