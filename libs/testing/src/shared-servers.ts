/** What the global setup of the integration tests provides. */
declare module 'vitest' {
  interface ProvidedContext {
    natsUrl: string;
    redisUrl: string;
  }
}

/** URL of the NATS server that all integration tests of a run share; use a `testNamespace()` on it. */
export async function sharedNats(): Promise<string> {
  // vitest is loaded on the first call, so that programs outside of it can use the rest of this package.
  const { inject } = await import('vitest');
  return inject('natsUrl');
}

/** URL of the Redis server that all integration tests of a run share; use a `testNamespace()` as key prefix on it. */
export async function sharedRedis(): Promise<string> {
  const { inject } = await import('vitest');
  return inject('redisUrl');
}
