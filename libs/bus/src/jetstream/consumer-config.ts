import { BusError } from '../errors.ts';
import type { ConsumerSpec } from '../port.ts';
import { API_CODE, ApiError } from './api.ts';
import type { JetStreamApi } from './api.ts';
import { NANOS } from './stream-config.ts';

/**
 * Creates a durable pull consumer, or finds that it exists. An existing one keeps its settings. Throws `BusError` `topology_drift` when it
 * has another filter: its users would get the wrong messages.
 */
export async function ensureConsumer(api: JetStreamApi, spec: ConsumerSpec): Promise<void> {
  const { stream, durable, filter } = spec;
  try {
    await api.call(`CONSUMER.CREATE.${stream}.${durable}.${filter}`, {
      stream_name: stream,
      action: 'create',
      config: {
        name: durable,
        durable_name: durable,
        filter_subject: filter,
        deliver_policy: 'all',
        replay_policy: 'instant',
        ack_policy: 'explicit',
        ack_wait: spec.ackWaitMs * NANOS,
        max_deliver: spec.maxDeliver,
        max_ack_pending: spec.maxAckPending,
      },
    });
  } catch (error) {
    if (!(error instanceof ApiError) || error.apiCode !== API_CODE.consumerExists) throw error;
    const info = await api.find<{ config: { filter_subject?: string } }>(`CONSUMER.INFO.${stream}.${durable}`);
    const found = info?.config.filter_subject;
    if (found !== filter) {
      throw new BusError(
        'topology_drift',
        `consumer ${durable} of stream ${stream}: filter_subject is ${found}, declared is ${filter}`,
      );
    }
  }
}
