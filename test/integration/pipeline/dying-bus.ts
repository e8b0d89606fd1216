import type { Bus, Delivery, StreamOutgoing } from '@parley/bus';

/** Whether the process dies before its call takes effect, or after that but before it hears of it. */
export type Moment = 'before' | 'after';

/** A bus of a process that dies at its `k`-th store, request, schedule or settlement of a delivery (1 = the first): from then on nothing it does has an effect, and nothing reaches it. */
export function dyingBus(inner: Bus, k: number, moment: Moment): { bus: Bus; died: Promise<void> } {
  const { promise: died, resolve } = Promise.withResolvers<void>();
  const never = new Promise<never>(() => {});
  let calls = 0;
  let dead = false;

  function die(): void {
    dead = true;
    void inner.close();
    resolve();
  }

  /** Runs one counted call; undefined when the process is dead. */
  async function counted<T>(call: () => Promise<T>): Promise<T> {
    if (dead) return await never;
    const last = ++calls === k;
    if (last && moment === 'before') {
      die();
      return await never;
    }
    const result = await call();
    if (last) {
      die();
      return await never;
    }
    return dead ? await never : result;
  }

  function settling(delivery: Delivery): Delivery {
    const settle = (how: () => void): void => void counted(async () => how());
    const { subject, payload, headers, sequence, at, stream, deliveries } = delivery;
    const message = { subject, payload, headers, sequence, at, stream, deliveries };
    return {
      ...message,
      ack: () => settle(() => delivery.ack()),
      nak: (delayMs) => settle(() => delivery.nak(delayMs)),
      term: (reason) => settle(() => delivery.term(reason)),
    };
  }

  const bus: Bus = {
    ...methodsOf(inner),
    publish: (...args) => (dead ? undefined : inner.publish(...args)),
    subscribe: (subject, handle, options) =>
      inner.subscribe(subject, (messages) => (dead ? undefined : handle(messages)), options),
    async store(messages: readonly StreamOutgoing[]) {
      const results: Awaited<ReturnType<Bus['store']>> = [];
      for (const message of messages) results.push(...(await counted(() => inner.store([message]))));
      return results;
    },
    storeOne: (message) => counted(() => inner.storeOne(message)),
    request: (...args) => counted(() => inner.request(...args)),
    schedule: (timer, target, atMs) => counted(() => inner.schedule(timer, target, atMs)),
    consume: (options, handle) =>
      inner.consume(options, (deliveries) => (dead ? undefined : handle(deliveries.map(settling)))),
    follow: (stream, filter, handle, options) =>
      inner.follow(stream, filter, (messages) => (dead ? undefined : handle(messages)), options),
  };
  return { bus, died };
}

/** The methods of a bus as an object of its own, so that single ones can be replaced. */
export function methodsOf(inner: Bus): Bus {
  const prototype = Object.getPrototypeOf(inner) as object;
  if (prototype === Object.prototype) return inner;
  const own: Record<PropertyKey, unknown> = { closed: inner.closed };
  for (const name of Reflect.ownKeys(prototype)) {
    const value: unknown = Reflect.get(inner, name);
    // Not `bind`: a disposable stack does not take a bound function.
    own[name] =
      typeof value === 'function' ? (...args: unknown[]): unknown => Reflect.apply(value, inner, args) : value;
  }
  return own as unknown as Bus;
}
