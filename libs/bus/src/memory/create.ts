import type { BusLog } from '../log.ts';
import type { Bus } from '../port.ts';
import { MemoryBroker } from './broker.ts';
import { MemoryBus } from './bus.ts';
import { systemClock } from './clock.ts';
import type { BusClock } from './clock.ts';

export interface MemoryBusOptions {
  /** Default: the time of the machine. */
  readonly clock?: BusClock;
  /** Default: a process warning for every error. */
  readonly onLog?: (record: BusLog) => void;
}

const warn = ({ level, message, error }: BusLog): void => {
  if (level === 'error') process.emitWarning(error instanceof Error ? error : message);
};

/** A broker in this process; every bus from `connect` shares its streams, consumers and subscriptions. */
export function createMemoryBroker({ clock = systemClock, onLog = warn }: MemoryBusOptions = {}): {
  connect(name: string): Bus;
} {
  const broker = new MemoryBroker(clock);
  return { connect: () => new MemoryBus(broker, onLog) };
}

/** One bus with a broker of its own. */
export const createMemoryBus = (options: MemoryBusOptions = {}): Bus => createMemoryBroker(options).connect('memory');
