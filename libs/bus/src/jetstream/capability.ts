import type { NatsConnection } from 'nats';
import { BusError } from '../errors.ts';

/** Cancellable message schedules came with 2.14, its last security fixes with this release. */
const MIN_SERVER = [2, 14, 3] as const;

/** JetStream API level of that server. */
const MIN_API_LEVEL = 4;

const NEEDED = MIN_SERVER.join('.');
const FIX = `install nats-server ${NEEDED} or newer, or unset the URL so that Parley fetches one`;

export const tooOld = (found: string): BusError =>
  new BusError('server_too_old', `nats-server ${found} is too old: ${NEEDED} or newer is needed; ${FIX}`);

/**
 * Refuses a server that would silently ignore what Parley relies on: an old one accepts a time to live or a schedule and drops it.
 * Throws `BusError` `server_too_old`, or `unavailable` when JetStream is off.
 */
export function checkServer(nc: NatsConnection): void {
  const { info } = nc;
  const version = info?.version ?? 'unknown';
  if (isOlder(version)) throw tooOld(version);
  if (info?.jetstream !== true) {
    throw new BusError(
      'unavailable',
      `nats-server ${version} at ${nc.getServer()} runs without JetStream; start it with -js`,
    );
  }
  if ((info.api_lvl ?? 0) < MIN_API_LEVEL)
    throw tooOld(`${version} with JetStream API level ${info.api_lvl ?? 'none'}`);
}

function isOlder(version: string): boolean {
  const found = (/^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version) ?? []).slice(1).map((part) => Number(part ?? 0));
  const i = MIN_SERVER.findIndex((part, at) => part !== (found[at] ?? 0));
  return i >= 0 && (found[i] ?? 0) < (MIN_SERVER[i] ?? 0);
}
