import type { Bus, Running } from '@parley/bus';

/** A bus whose consumers can be switched off and on again, so that a test decides which conductor gets the next delivery. */
export function switchable(inner: Bus): { bus: Bus; on(): Promise<void>; off(): Promise<void> } {
  const consumers: Parameters<Bus['consume']>[] = [];
  let running: Running[] = [];
  const consume: Bus['consume'] = async (...consumer) => {
    consumers.push(consumer);
    const { promise } = Promise.withResolvers<void>();
    const stop = async (): Promise<void> => {};
    return { stop, closed: promise, [Symbol.asyncDispose]: stop };
  };
  const bus = { ...bound(inner), consume };
  return {
    bus,
    async on() {
      running = await Promise.all(consumers.map((consumer) => inner.consume(...consumer)));
    },
    async off() {
      await Promise.all(running.map((one) => one.stop()));
      running = [];
    },
  };
}

/** The methods of a bus as an object of its own, so that single ones can be replaced. */
function bound(inner: Bus): Bus {
  const own: Record<PropertyKey, unknown> = { closed: inner.closed };
  for (const name of Reflect.ownKeys(Object.getPrototypeOf(inner) as object)) {
    const value: unknown = Reflect.get(inner, name);
    // Not `bind`: a disposable stack does not take a bound function.
    own[name] =
      typeof value === 'function' ? (...args: unknown[]): unknown => Reflect.apply(value, inner, args) : value;
  }
  return own as unknown as Bus;
}
