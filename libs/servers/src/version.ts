/** The first dotted version in a text such as `nats-server: v2.15.1` or `Redis server v=7.0.15 sha=0`, else `undefined`. */
export function parseVersion(text: string): string | undefined {
  return /\bv?=?(\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1];
}

/** Negative, zero or positive as `a` is older than, equal to or newer than `b`; missing parts count as 0, pre-release marks are ignored. */
export function compareVersions(a: string, b: string): number {
  const left = parts(a);
  const right = parts(b);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function parts(version: string): number[] {
  return (version.split('-')[0] ?? '').split('.').map((part) => Number.parseInt(part, 10) || 0);
}
