import type { Running } from './port.ts';

/** A `Running` whose end is known from inside. A rejection of `closed` that nobody awaits is not an unhandled one. */
export function running(stop: () => Promise<void>): { handle: Running; end(error?: Error): void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => {});
  let stopping: Promise<void> | undefined;
  const handle: Running = {
    closed: promise,
    stop: async () => {
      stopping ??= stop().finally(resolve);
      await stopping;
    },
    [Symbol.asyncDispose]: async () => await handle.stop(),
  };
  return { handle, end: (error) => (error === undefined ? resolve() : reject(error)) };
}
