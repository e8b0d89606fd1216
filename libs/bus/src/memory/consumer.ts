import type { Headers, StreamName } from '@parley/contracts';
import type { ConsumerSpec, Delivery, StoredMessage } from '../port.ts';
import { subjectMatches } from '../subject-filter.ts';
import type { BusClock } from './clock.ts';
import type { MemoryStream } from './stream.ts';
import { oncePerTurn } from './turn.ts';

/** One user of a durable consumer. */
export interface Member {
  readonly slots: number;
  readonly heartbeat: boolean;
  readonly give: (deliveries: readonly MemoryDelivery[]) => void;
  /** The consumer is gone for good. */
  readonly lost: () => void;
  readonly inHand: Set<MemoryDelivery>;
}

/** A message that was delivered and is not settled. */
interface Pending {
  holder: MemoryDelivery;
  cancel: () => void;
}

/** One delivery; only the first settlement counts. */
export class MemoryDelivery implements Delivery {
  readonly stream: StreamName;
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: Headers;
  readonly sequence: number;
  readonly at: number;
  readonly deliveries: number;
  readonly member: Member;
  readonly #settle: (delivery: MemoryDelivery, how: 'ack' | 'term' | number) => void;
  #settled = false;

  constructor(
    stream: StreamName,
    message: StoredMessage,
    deliveries: number,
    member: Member,
    onSettled: (delivery: MemoryDelivery, how: 'ack' | 'term' | number) => void,
  ) {
    this.stream = stream;
    this.subject = message.subject;
    this.payload = message.payload;
    this.headers = message.headers;
    this.sequence = message.sequence;
    this.at = message.at;
    this.deliveries = deliveries;
    this.member = member;
    this.#settle = onSettled;
  }

  ack(): void {
    this.#once('ack');
  }

  nak(delayMs: number): void {
    this.#once(Math.max(1, delayMs));
  }

  term(_reason: string): void {
    this.#once('term');
  }

  #once(how: 'ack' | 'term' | number): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#settle(this, how);
  }
}

/** A durable consumer: hands messages to its members in turn, and again when they are not settled in time. */
export class MemoryConsumer {
  readonly spec: ConsumerSpec;
  readonly #stream: MemoryStream;
  readonly #clock: BusClock;
  readonly #members = new Set<Member>();
  readonly #pending = new Map<number, Pending>();
  readonly #deliveries = new Map<number, number>();
  #again: number[] = [];
  #next = 1;
  readonly #pump: () => void;

  constructor(spec: ConsumerSpec, stream: MemoryStream, clock: BusClock) {
    this.spec = spec;
    this.#stream = stream;
    this.#clock = clock;
    this.#pump = oncePerTurn(() => this.#deliver());
    stream.onAppend((message) => {
      if (subjectMatches(spec.filter, message.subject)) this.#pump();
    });
  }

  join(member: Member): void {
    this.#members.add(member);
    this.#pump();
  }

  /** The consumer is gone for good: nothing is delivered any more. */
  close(): void {
    const members = [...this.#members];
    this.#members.clear();
    for (const member of members) member.lost();
  }

  leave(member: Member): void {
    this.#members.delete(member);
  }

  /** The member is gone without settling: its ack waits run from now. */
  lose(member: Member): void {
    this.leave(member);
    for (const delivery of member.inHand) {
      const pending = this.#pending.get(delivery.sequence);
      if (pending?.holder === delivery) {
        pending.cancel();
        pending.cancel = this.#clock.after(this.spec.ackWaitMs, () => this.#redeliver(delivery));
      }
    }
  }

  #deliver(): void {
    for (;;) {
      let given = 0;
      for (const member of this.#members) {
        const batch: MemoryDelivery[] = [];
        while (member.inHand.size < member.slots && this.#pending.size < this.spec.maxAckPending) {
          const message = this.#take();
          if (message === undefined) break;
          batch.push(this.#handOver(message, member));
        }
        if (batch.length > 0) member.give(batch);
        given += batch.length;
      }
      if (given === 0) return;
    }
  }

  #take(): StoredMessage | undefined {
    for (let sequence = this.#again.shift(); sequence !== undefined; sequence = this.#again.shift()) {
      const message = this.#stream.get(sequence);
      if (message !== undefined) return message;
    }
    for (; this.#next <= this.#stream.lastSequence; this.#next++) {
      const message = this.#stream.get(this.#next);
      if (message === undefined || !subjectMatches(this.spec.filter, message.subject)) continue;
      this.#next++;
      return message;
    }
    return undefined;
  }

  #handOver(message: StoredMessage, member: Member): MemoryDelivery {
    const count = (this.#deliveries.get(message.sequence) ?? 0) + 1;
    this.#deliveries.set(message.sequence, count);
    const delivery = new MemoryDelivery(this.#stream.name, message, count, member, (d, how) => this.#settled(d, how));
    member.inHand.add(delivery);
    const cancel = member.heartbeat
      ? () => {}
      : this.#clock.after(this.spec.ackWaitMs, () => this.#redeliver(delivery));
    this.#pending.set(message.sequence, { holder: delivery, cancel });
    return delivery;
  }

  #settled(delivery: MemoryDelivery, how: 'ack' | 'term' | number): void {
    const { sequence, member } = delivery;
    member.inHand.delete(delivery);
    const pending = this.#pending.get(sequence);
    if (typeof how === 'number') {
      if (pending?.holder === delivery) {
        pending.cancel();
        pending.cancel = this.#clock.after(how, () => this.#redeliver(delivery));
      }
    } else {
      pending?.cancel();
      this.#pending.delete(sequence);
      this.#deliveries.delete(sequence);
      this.#again = this.#again.filter((other) => other !== sequence);
      if (this.#stream.options.retention === 'workqueue') this.#stream.remove(sequence);
    }
    this.#pump();
  }

  #redeliver(delivery: MemoryDelivery): void {
    if (this.#pending.get(delivery.sequence)?.holder !== delivery) return;
    this.#pending.delete(delivery.sequence);
    const { maxDeliver } = this.spec;
    if (maxDeliver < 0 || delivery.deliveries < maxDeliver) this.#again.push(delivery.sequence);
    this.#pump();
  }
}
