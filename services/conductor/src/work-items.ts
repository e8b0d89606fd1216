import type { Bus } from '@parley/bus';
import { ApprovalItem, headersOf, type WorkItem } from '@parley/contracts';
import type { RunLog } from './run-log.ts';

/** Versions that are known to be stored; one that is forgotten costs a look into the stream. */
const REMEMBERED = 10_000;

/** Another conductor can win against this one once per version of an item, and each time its version is looked at. */
const TRIES = 20;

/**
 * Publishes what waits for people. A version is stored only over an older one: it is compared with the newest stored, and stored on the expectation that nothing came after that. So a conductor
 * that is late, or tells its open effects again after a crash, never hides a newer version; and what is stored is told once.
 */
export class WorkItems {
  readonly #bus: Bus;
  readonly #source: string;
  readonly #stored = new Map<string, number>();

  constructor(bus: Bus, source: string) {
    this.#bus = bus;
    this.#source = source;
  }

  async emit(log: RunLog, items: readonly WorkItem[]): Promise<void> {
    for (const item of items) await this.#emitOne(log, item);
  }

  async #emitOne(log: RunLog, item: WorkItem): Promise<void> {
    const { ns, run } = log.key;
    const { approval, version } = item;
    const key = `${ns}/${approval}`;
    if ((this.#stored.get(key) ?? 0) >= version) return;
    const subject = ApprovalItem.toSubject({ ns, runId: run, approvalId: approval });
    const id = `${approval}-v${version}`;
    for (let tries = 0; tries < TRIES; tries++) {
      const newest = await this.#bus.last('APPROVALS', subject);
      const known = newest === undefined ? 0 : ApprovalItem.decode(newest.payload).version;
      if (known >= version) return this.#remember(key, known);
      const [stored] = await this.#bus.store([
        {
          id,
          subject,
          expect: { lastSequence: newest?.sequence ?? 0 },
          payload: ApprovalItem.encode(item),
          headers: headersOf(
            ApprovalItem,
            { id, source: this.#source, traceparent: log.traceparent, conversation: run },
            this.#bus.now(),
          ),
        },
      ]);
      if (!(stored instanceof Error)) return this.#remember(key, version);
      if (stored.code !== 'conflict') throw stored;
    }
    throw new Error(`work item ${approval} was changed by others ${TRIES} times in a row`);
  }

  #remember(key: string, version: number): void {
    this.#stored.delete(key);
    this.#stored.set(key, version);
    const [oldest] = this.#stored.keys();
    if (this.#stored.size > REMEMBERED && oldest !== undefined) this.#stored.delete(oldest);
  }
}
