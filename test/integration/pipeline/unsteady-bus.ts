import type { Bus, Delivery } from '@parley/bus';
import { methodsOf } from './dying-bus.ts';

/** Numbers in 0 … 1 from a seed (mulberry32): the same seed gives the same numbers. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A bus on which everything takes its time: stores take effect and are heard of some turns of the event loop later, deliveries come singly, late
 * and sometimes twice, few at a time so that all users of a consumer get some, and every tenth ack is lost: the delivery comes again.
 */
export function unsteadyBus(inner: Bus, random: () => number): Bus {
  async function turns(): Promise<void> {
    for (let left = Math.floor(random() * 5); left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
  }
  async function slowly<T>(call: () => Promise<T>): Promise<T> {
    await turns();
    const result = await call();
    await turns();
    return result;
  }
  const forgetful = (delivery: Delivery): Delivery => {
    const { subject, payload, headers, sequence, at, stream, deliveries } = delivery;
    const message = { subject, payload, headers, sequence, at, stream, deliveries };
    return {
      ...message,
      // A lost ack, as the server sees it.
      ack: () => (random() < 0.1 ? delivery.nak(10_000) : delivery.ack()),
      nak: (delayMs) => delivery.nak(delayMs),
      term: (reason) => delivery.term(reason),
    };
  };
  return {
    ...methodsOf(inner),
    store: (messages) => slowly(() => inner.store(messages)),
    storeOne: (message) => slowly(() => inner.storeOne(message)),
    schedule: (timer, target, atMs) => slowly(() => inner.schedule(timer, target, atMs)),
    consume: (options, handle) =>
      inner.consume({ ...options, slots: 1 + Math.floor(random() * 3) }, (deliveries) => {
        for (const delivery of deliveries) {
          void turns().then(() => handle([forgetful(delivery)]));
          if (random() < 0.1) void turns().then(() => handle([forgetful(delivery)]));
        }
      }),
  };
}
