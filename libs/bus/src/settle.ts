import { ContractError } from '@parley/contracts';
import { backoffMs } from './backoff.ts';
import { deadLetter, recordDeadLetter } from './dead-letter.ts';
import { RetryableError, TerminalError } from './errors.ts';
import type { Bus, Delivery } from './port.ts';

export interface SettleOptions {
  readonly ns: string;
  /** The service that handles the delivery, as named in dead letters. */
  readonly source: string;
  /** `maxDeliver` of the consumer; −1 = without limit. */
  readonly maxDeliver: number;
  /** Called for a bug, and when a dead letter could not be stored. */
  readonly onBug: (error: unknown, delivery: Delivery) => void;
}

/** What became of a delivery whose handling threw. */
export type Settlement = 'dead_lettered' | 'failed' | 'again';

/**
 * The one mapping of an error to a settlement:
 * - `ContractError`: dead letter, term.
 * - `TerminalError`: dead letter as the record of the failure, ack.
 * - `RetryableError`: nak with its delay; on the last delivery dead letter, term.
 * - anything else is a bug: reported, nak with backoff; on the last delivery dead letter, term.
 *
 * When the dead letter cannot be stored the delivery is nak'd with backoff. Never throws.
 */
export async function settle(
  bus: Bus,
  delivery: Delivery,
  error: unknown,
  options: SettleOptions,
): Promise<Settlement> {
  const { ns, source, maxDeliver, onBug } = options;
  const last = maxDeliver > 0 && delivery.deliveries >= maxDeliver;
  try {
    if (error instanceof ContractError) {
      await deadLetter(bus, ns, source, delivery, error.code, error.message);
      return 'dead_lettered';
    }
    if (error instanceof TerminalError) {
      await recordDeadLetter(bus, ns, source, delivery, error.code, error.message);
      delivery.ack();
      return 'failed';
    }
    const retryable = error instanceof RetryableError;
    if (!retryable) onBug(error, delivery);
    if (last) {
      await deadLetter(bus, ns, source, delivery, retryable ? 'retries_exhausted' : 'internal', textOf(error));
      return 'dead_lettered';
    }
    delivery.nak(retryable ? error.retryAfterMs : backoffMs(delivery.deliveries));
  } catch (cause) {
    onBug(cause, delivery);
    delivery.nak(backoffMs(delivery.deliveries));
  }
  return 'again';
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
