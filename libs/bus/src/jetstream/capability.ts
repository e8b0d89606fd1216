import type { NatsConnection } from 'nats';
import { BusError } from '../errors.ts';

/** Oldest server with cancellable message schedules. */
export const MIN_SERVER = { major: 2, minor: 14 } as const;

/** JetStream API level of that server. */
export const MIN_API_LEVEL = 4;

const NEEDED = `${MIN_SERVER.major}.${MIN_SERVER.minor}`;
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
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) < MIN_SERVER.major || (Number(major) === MIN_SERVER.major && Number(minor) < MIN_SERVER.minor))
    throw tooOld(version);
  if (info?.jetstream !== true) {
    throw new BusError(
      'unavailable',
      `nats-server ${version} at ${nc.getServer()} runs without JetStream; start it with -js`,
    );
  }
  if ((info.api_lvl ?? 0) < MIN_API_LEVEL)
    throw tooOld(`${version} with JetStream API level ${info.api_lvl ?? 'none'}`);
}
