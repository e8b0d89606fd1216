import type { Bus } from '@parley/bus';
import { connectTo, findTarget, type Target, type TargetFlags } from '../target.ts';

/** Runs work on a connection to the stack that the flags mean, and closes it. */
export async function withBus<T>(flags: TargetFlags, work: (bus: Bus, target: Target) => Promise<T>): Promise<T> {
  const target = findTarget(flags, process.env, process.cwd());
  await using bus = await connectTo(target);
  return await work(bus, target);
}
