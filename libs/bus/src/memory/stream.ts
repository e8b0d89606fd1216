import { HEADER } from '@parley/contracts';
import type { Headers, StreamName } from '@parley/contracts';
import { BusError } from '../errors.ts';
import type { Recurrence, Stored, StoredMessage, StreamOutgoing } from '../port.ts';
import { subjectMatches } from '../subject-filter.ts';
import type { BusClock } from './clock.ts';
import { timesOf } from './recurrence.ts';

/** How a stream behaves; times in milliseconds, sizes in bytes, 0 = without limit. */
export interface MemoryStreamOptions {
  readonly name: string;
  readonly retention: 'workqueue' | 'limits';
  readonly discard: 'new' | 'old';
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  readonly maxPerSubject: number;
  readonly duplicateWindowMs: number;
  readonly allowTtl: boolean;
  readonly allowSchedules: boolean;
  readonly denyPurge: boolean;
  /** A key that expires leaves a marker, so that readers see it go. */
  readonly markExpired: boolean;
}

export const MARKER_REASON = 'Nats-Marker-Reason';

const isExact = (filter: string): boolean => !filter.includes('*') && !filter.includes('>');

/** An append-only log with subjects, as JetStream has it. */
export class MemoryStream {
  readonly options: MemoryStreamOptions;
  readonly createdAt: number;
  readonly #clock: BusClock;
  readonly #messages = new Map<number, StoredMessage>();
  readonly #bySubject = new Map<string, number[]>();
  readonly #ids = new Map<string, { sequence: number; at: number }>();
  readonly #listeners = new Set<(message: StoredMessage) => void>();
  readonly #schedules = new Map<string, () => void>();
  #lastSequence = 0;
  #bytes = 0;

  constructor(options: MemoryStreamOptions, clock: BusClock) {
    this.options = options;
    this.#clock = clock;
    this.createdAt = clock.now();
  }

  get name(): StreamName {
    return this.options.name as StreamName;
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  get size(): { messages: number; bytes: number } {
    this.#age();
    return { messages: this.#messages.size, bytes: this.#bytes };
  }

  /** Throws `BusError`: `conflict`, `unavailable`. */
  append(message: StreamOutgoing, more: Headers = {}): Stored {
    this.#age();
    const now = this.#clock.now();
    const known = message.id === '' ? undefined : this.#ids.get(message.id);
    if (known !== undefined && now - known.at < this.options.duplicateWindowMs)
      return { sequence: known.sequence, duplicate: true };
    this.#checkExpectation(message);
    if (message.ttlMs !== undefined && !this.options.allowTtl) {
      throw new BusError('unavailable', `stream ${this.name} takes no time to live`);
    }
    this.#makeRoom(message.payload.length);

    const sequence = ++this.#lastSequence;
    const headers = { ...message.headers, ...(message.id === '' ? {} : { [HEADER.msgId]: message.id }), ...more };
    const stored: StoredMessage = {
      subject: message.subject,
      payload: Uint8Array.from(message.payload),
      headers,
      sequence,
      at: now,
    };
    this.#messages.set(sequence, stored);
    this.#bytes += stored.payload.length;
    const sequences = this.#bySubject.get(stored.subject) ?? [];
    this.#bySubject.set(stored.subject, sequences);
    sequences.push(sequence);
    if (this.options.maxPerSubject > 0) {
      for (const old of sequences.slice(0, -this.options.maxPerSubject)) this.remove(old);
    }
    if (message.id !== '') this.#ids.set(message.id, { sequence, at: now });
    if (message.ttlMs !== undefined)
      this.#clock.after(Math.max(1, Math.ceil(message.ttlMs / 1_000)) * 1_000, () => this.#expire(stored));
    for (const listener of this.#listeners) listener(stored);
    return { sequence, duplicate: false };
  }

  /** Appends a message that is published again, to `target`, once or again and again; it replaces the schedule under the same subject. */
  schedule(timer: StreamOutgoing, target: string, when: number | Recurrence): Stored {
    if (!this.options.allowSchedules) throw new BusError('unavailable', `stream ${this.name} takes no schedules`);
    const timeAfter = typeof when === 'number' ? undefined : timesOf(when);
    const stored = this.append(timer);
    if (stored.duplicate) return stored;
    for (const sequence of this.#bySubject.get(timer.subject) ?? [])
      if (sequence !== stored.sequence) this.remove(sequence);
    this.#schedules.get(timer.subject)?.();
    const arm = (atMs: number): void => {
      this.#schedules.set(
        timer.subject,
        this.#clock.after(atMs - this.#clock.now(), () => fire(atMs)),
      );
    };
    const fire = (atMs: number): void => {
      this.#schedules.delete(timer.subject);
      // A timer of the machine may come a moment early.
      const next = timeAfter?.(Math.max(atMs, this.#clock.now()));
      const isThere = next === undefined ? this.remove(stored.sequence) : this.#messages.has(stored.sequence);
      if (!isThere) return;
      const nextHeader = next === undefined ? 'purge' : new Date(next).toISOString();
      this.append({
        subject: target,
        payload: timer.payload,
        id: '',
        headers: { ...timer.headers, [HEADER.scheduleNext]: nextHeader },
      });
      if (next !== undefined) arm(next);
    };
    arm(typeof when === 'number' ? when : (timeAfter?.(this.#clock.now()) ?? this.#clock.now()));
    return stored;
  }

  /** Removes the messages of a subject; the number removed. */
  purge(subject: string): number {
    if (this.options.denyPurge) throw new BusError('unavailable', `stream ${this.name} cannot be purged`);
    this.#schedules.get(subject)?.();
    this.#schedules.delete(subject);
    const sequences = [...(this.#bySubject.get(subject) ?? [])];
    for (const sequence of sequences) this.remove(sequence);
    return sequences.length;
  }

  remove(sequence: number): boolean {
    const message = this.#messages.get(sequence);
    if (message === undefined) return false;
    this.#messages.delete(sequence);
    this.#bytes -= message.payload.length;
    const left = (this.#bySubject.get(message.subject) ?? []).filter((other) => other !== sequence);
    if (left.length > 0) this.#bySubject.set(message.subject, left);
    else this.#bySubject.delete(message.subject);
    return true;
  }

  get(sequence: number): StoredMessage | undefined {
    this.#age();
    return this.#messages.get(sequence);
  }

  /** The messages on a filter from a sequence on, in order. */
  from(sequence: number, filter: string): StoredMessage[] {
    this.#age();
    const sequences = isExact(filter) ? (this.#bySubject.get(filter) ?? []) : this.#messages.keys();
    const found: StoredMessage[] = [];
    for (const each of sequences) {
      const message = each < sequence ? undefined : this.#messages.get(each);
      if (message !== undefined && subjectMatches(filter, message.subject)) found.push(message);
    }
    return found;
  }

  last(filter: string): StoredMessage | undefined {
    return this.lastPerSubject(filter)[0];
  }

  /** The newest message of every subject on a filter, newest first. */
  lastPerSubject(filter: string): StoredMessage[] {
    this.#age();
    const subjects = isExact(filter) ? [filter] : this.#bySubject.keys();
    const found: StoredMessage[] = [];
    for (const subject of subjects) {
      const sequence = subjectMatches(filter, subject) ? this.#bySubject.get(subject)?.at(-1) : undefined;
      const message = sequence === undefined ? undefined : this.#messages.get(sequence);
      if (message !== undefined) found.push(message);
    }
    return found.sort((a, b) => b.sequence - a.sequence);
  }

  /** Calls back for every message appended from now on. Returns how to stop. */
  onAppend(listener: (message: StoredMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #checkExpectation({ subject, expect }: StreamOutgoing): void {
    if (expect === undefined) return;
    const newest = this.last(expect.subject ?? subject)?.sequence ?? 0;
    if (newest === expect.lastSequence) return;
    throw new BusError(
      'conflict',
      `${expect.subject ?? subject}: expected last sequence ${expect.lastSequence}, found ${newest}`,
    );
  }

  #makeRoom(bytes: number): void {
    const { maxBytes, discard } = this.options;
    if (maxBytes === 0) return;
    for (const sequence of this.#messages.keys()) {
      if (this.#bytes + bytes <= maxBytes) return;
      if (discard === 'new') throw new BusError('unavailable', `stream ${this.name} is full`);
      this.remove(sequence);
    }
  }

  #age(): void {
    const { maxAgeMs } = this.options;
    if (maxAgeMs === 0) return;
    const oldest = this.#clock.now() - maxAgeMs;
    for (const message of this.#messages.values()) {
      if (message.at > oldest) return;
      this.remove(message.sequence);
    }
  }

  #expire(message: StoredMessage): void {
    const newest = this.#bySubject.get(message.subject)?.at(-1) === message.sequence;
    if (!this.remove(message.sequence) || !newest || !this.options.markExpired || message.payload.length === 0) return;
    this.append({
      subject: message.subject,
      payload: new Uint8Array(),
      id: '',
      headers: { [MARKER_REASON]: 'MaxAge' },
    });
  }
}
