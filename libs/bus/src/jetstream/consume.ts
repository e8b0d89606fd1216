import type { ConsumeOptions, Delivery, Running } from '../port.ts';
import { BusError } from '../errors.ts';
import { backoffMs } from '../backoff.ts';
import type { JetStreamApi } from './api.ts';
import { JsDelivery } from './delivery.ts';
import type { HeldAcks } from './held-acks.ts';
import { parseReply } from './js-message.ts';
import type { Link } from './link.ts';
import { Puller } from './puller.ts';
import { running } from '../running.ts';
import { NANOS } from './stream-config.ts';

type Handle = (deliveries: readonly Delivery[]) => void | Promise<void>;

/** Heartbeats per ack wait. */
const BEATS = 3;

/**
 * Consumes with a durable consumer. Everything that arrived in one turn of the event loop is handed over together, never more than `slots`
 * unsettled at a time: what arrives beyond (repeated requests after a reconnect) waits here, with heartbeats.
 */
export async function consume(
  link: Link,
  api: JetStreamApi,
  acks: HeldAcks,
  options: ConsumeOptions,
  handle: Handle,
): Promise<Running> {
  const { stream, durable, slots } = options;
  const info = await api.find<{ config: { ack_wait: number } }>(`CONSUMER.INFO.${stream}.${durable}`);
  if (info === undefined)
    throw new BusError(
      'unavailable',
      `consumer ${durable} of stream ${stream} does not exist; call ensureConsumer first`,
    );

  const inHand = new Set<JsDelivery>();
  let arrived: JsDelivery[] = [];
  let scheduled = false;
  let stopped = false;

  const settled = (delivery: JsDelivery): void => {
    inHand.delete(delivery);
    if (arrived.length > 0) schedule();
    puller.pull();
    if (stopped && inHand.size === 0) clearInterval(heart);
  };

  const give = (): void => {
    scheduled = false;
    const free = slots - inHand.size;
    if (free <= 0 || arrived.length === 0 || stopped) return;
    const batch = free >= arrived.length ? arrived : arrived.slice(0, free);
    arrived = free >= arrived.length ? [] : arrived.slice(free);
    for (const delivery of batch) inHand.add(delivery);
    void run(batch);
  };

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(give);
  };

  const run = async (batch: readonly JsDelivery[]): Promise<void> => {
    try {
      await handle(batch);
    } catch (error) {
      link.log('error', `a handler of ${stream}/${durable} threw; its unsettled deliveries are given again`, error);
      for (const delivery of batch) delivery.nak(backoffMs(delivery.deliveries));
    }
  };

  const puller = new Puller(link, api, {
    stream,
    consumer: durable,
    most: slots,
    room: () => slots - inHand.size - arrived.length,
    onMessage: (msg) => {
      const reply = msg.reply as string;
      const delivery = new JsDelivery(link, acks, msg, reply, parseReply(reply), settled);
      if (stopped) delivery.nak(1);
      else {
        arrived.push(delivery);
        schedule();
      }
    },
    onGone: (error) => {
      stopped = true;
      clearInterval(heart);
      end(error);
    },
  });

  const heart =
    options.heartbeat === false
      ? undefined
      : setInterval(
          () => {
            for (const delivery of inHand) delivery.working();
            for (const delivery of arrived) delivery.working();
          },
          info.config.ack_wait / NANOS / BEATS,
        );

  const { handle: self, end } = running(async () => {
    stopped = true;
    const back = arrived;
    arrived = [];
    for (const delivery of back) delivery.nak(1);
    if (inHand.size === 0) clearInterval(heart);
    await puller.stop();
  });
  return self;
}
