import { DeadLetter, digestOf } from '@parley/contracts';
import type { Bus, CoreMessage, Delivery, Stored } from './port.ts';
import { BusError } from './errors.ts';
import { putBlob } from './blobs.ts';
import { composeStored } from './outgoing.ts';

const isDelivery = (message: Delivery | CoreMessage): message is Delivery => 'deliveries' in message;

/**
 * Stores a message that could not be processed, whole, with its reason, then terminates it if it is a delivery. The id derives from the
 * message (stream and sequence, or subject and content), so a repetition is stored once. `source` is the service that gives up. Throws
 * `BusError` when it could not be stored; the delivery is then left unsettled.
 */
export async function deadLetter(
  bus: Bus,
  ns: string,
  source: string,
  message: Delivery | CoreMessage,
  code: string,
  reason: string,
): Promise<Stored> {
  const stored = await recordDeadLetter(bus, ns, source, message, code, reason);
  if (isDelivery(message)) message.term(`${code}: ${reason}`);
  return stored;
}

/** Stores the dead letter of a message and leaves the message as it is. */
export async function recordDeadLetter(
  bus: Bus,
  ns: string,
  source: string,
  message: Delivery | CoreMessage,
  code: string,
  reason: string,
): Promise<Stored> {
  const from = isDelivery(message)
    ? { stream: message.stream, sequence: message.sequence, deliveries: message.deliveries }
    : { stream: undefined, sequence: undefined, deliveries: undefined };
  const id = isDelivery(message)
    ? `dead.${message.stream}.${message.sequence}.${message.at}`
    : `dead.${digestOf(`${message.subject}\n${digestOf(message.payload)}`)}`;
  const letter = (payload: string, text: string): ReturnType<typeof composeStored> =>
    composeStored(
      DeadLetter,
      { ns, source },
      { subject: message.subject, headers: { ...message.headers }, payload, code, reason: text, ...from },
      { id, source: `/${source}`, traceparent: message.headers['traceparent'] },
      bus.now(),
    );
  try {
    return await bus.storeOne(letter(Buffer.from(message.payload).toString('base64'), reason));
  } catch (error) {
    if (!(error instanceof BusError) || error.code !== 'too_large') throw error;
    const { $blob } = await putBlob(bus, ns, source, message.payload, 'application/octet-stream');
    return await bus.storeOne(letter('', `${reason} (payload kept as blob ${$blob.sha256} by ${$blob.by})`));
  }
}
