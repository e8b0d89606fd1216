import { PortInUseError, ServerStartError } from './errors.ts';
import { findFreePort, requireFreePort } from './ports.ts';

const TRIES = 5;

/**
 * Starts something on the wanted port, or, when none is wanted, on a free one, again when another process takes that first.
 *
 * @throws PortInUseError when the wanted port is taken
 */
export async function onFreePort<T>(wanted: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const port = wanted ?? (await findFreePort());
    if (wanted !== undefined) await requireFreePort(wanted);
    try {
      return await start(port);
    } catch (error) {
      if (!(error instanceof ServerStartError) || !/address already in use/i.test(error.logTail)) throw error;
      if (wanted !== undefined) throw new PortInUseError(wanted, 'port', { cause: error });
      if (tries === TRIES) throw error;
    }
  }
}
