/** Moving averages of finished tasks, per capability: what a bid may promise. */
export interface History {
  record(capability: string, spent: { readonly ms: number; readonly microUsd: number }): void;
  of(capability: string): { readonly meanMs: number | undefined; readonly meanMicroUsd: number | undefined };
}

/** Weight of the newest task. */
const ALPHA = 0.2;
const NOTHING = { meanMs: undefined, meanMicroUsd: undefined };

export function createHistory(): History {
  const means = new Map<string, { meanMs: number; meanMicroUsd: number }>();
  return {
    record(capability, { ms, microUsd }) {
      const mean = means.get(capability);
      if (mean === undefined) {
        means.set(capability, { meanMs: ms, meanMicroUsd: microUsd });
        return;
      }
      mean.meanMs += ALPHA * (ms - mean.meanMs);
      mean.meanMicroUsd += ALPHA * (microUsd - mean.meanMicroUsd);
    },
    of: (capability) => means.get(capability) ?? NOTHING,
  };
}
