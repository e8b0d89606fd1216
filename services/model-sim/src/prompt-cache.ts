import { createHash } from 'node:crypto';
import { PROMPT_OVERHEAD, promptTokens, type Segment } from './tokens.ts';

/** Prompt tokens by what they cost; their sum is the whole prompt. */
export interface PromptUsage {
  input: number;
  cacheRead: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
}

const TTL_MS = { '5m': 5 * 60_000, '1h': 60 * 60_000 } as const;
/** Entries kept; the oldest are forgotten first. */
const CAPACITY = 10_000;

/**
 * Which prompt prefixes were marked for caching before. Like the API, a request reads the longest known prefix that ends at
 * or before its last breakpoint and writes from there to that breakpoint; a read renews the entry. Unlike the API there is no
 * minimum length, so that small tests see caching, and no limit on how far back a prefix is looked for.
 */
export class PromptCache {
  readonly #entries = new Map<string, { expiresAt: number; ttl: '5m' | '1h' }>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Accounts one request and remembers its marked prefixes. */
  account(model: string, segments: readonly Segment[]): PromptUsage {
    const total = promptTokens(segments);
    const last = segments.findLastIndex((segment) => segment.ttl !== undefined);
    if (last === -1) return { input: total, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };

    const keys = prefixKeys(model, segments.slice(0, last + 1));
    const known = keys.findLastIndex((key) => this.#touch(key));
    const usage: PromptUsage = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
    let position = known + 1;
    usage.cacheRead = known === -1 ? 0 : sum(segments.slice(0, known + 1)) + PROMPT_OVERHEAD;
    let opening = known === -1 ? PROMPT_OVERHEAD : 0;
    for (let index = position; index <= last; index += 1) {
      const ttl = segments[index]?.ttl;
      if (ttl === undefined) continue;
      const written = sum(segments.slice(position, index + 1)) + opening;
      opening = 0;
      position = index + 1;
      if (ttl === '1h') usage.cacheWrite1h += written;
      else usage.cacheWrite5m += written;
      this.#remember(keys[index] ?? '', ttl);
    }
    usage.input = sum(segments.slice(last + 1));
    return usage;
  }

  #touch(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    if (entry.expiresAt <= this.#now()) return false;
    this.#remember(key, entry.ttl);
    return true;
  }

  #remember(key: string, ttl: '5m' | '1h'): void {
    this.#entries.set(key, { expiresAt: this.#now() + TTL_MS[ttl], ttl });
    if (this.#entries.size <= CAPACITY) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      break;
    }
  }
}

const sum = (segments: readonly Segment[]): number => segments.reduce((total, { tokens }) => total + tokens, 0);

/** The digest of every prefix, each built on the one before it. */
function prefixKeys(model: string, segments: readonly Segment[]): string[] {
  let key = model;
  return segments.map(({ text }) => (key = createHash('sha256').update(`${key}\n${text}`).digest('base64url')));
}
