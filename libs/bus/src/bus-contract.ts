import { describe } from 'vitest';
import { bucketContract } from './contract/bucket.ts';
import { consumeContract } from './contract/consume.ts';
import { coreContract } from './contract/core.ts';
import { readContract } from './contract/read.ts';
import { scheduleContract } from './contract/schedule.ts';
import { storeContract } from './contract/store.ts';
import type { BusWorld } from './contract/world.ts';

export type { BusWorld } from './contract/world.ts';

/** What every bus guarantees, as tests. `open` is called once per group of tests; its end closes the world. */
export function busContract(name: string, open: () => Promise<BusWorld>): void {
  describe(`contract: ${name}`, () => {
    coreContract(open);
    storeContract(open);
    consumeContract(open);
    readContract(open);
    bucketContract(open);
    scheduleContract(open);
  });
}
