import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * The labels a metric may carry: each takes few values in any installation.
 * Ids of runs, tasks or messages, namespaces and free text never become labels; they belong on spans and log lines.
 */
export type LabelName =
  | 'agent'
  | 'capability'
  | 'direction'
  | 'kind'
  | 'method'
  | 'model'
  | 'outcome'
  | 'pattern'
  | 'provider'
  | 'reason'
  | 'scope'
  | 'status'
  | 'stream'
  | 'tool'
  | 'workflow';

/** Prometheus conventions: base units in the name (`_seconds`, `_bytes`), counters end in `_total`. */
export type MetricName = `parley_${string}`;

export interface CounterChild {
  /** Adds `by`, 1 when left out; never negative. */
  inc(by?: number): void;
}

export interface GaugeChild {
  set(value: number): void;
  inc(by?: number): void;
  dec(by?: number): void;
}

export interface HistogramChild {
  observe(value: number): void;
}

/** One metric; `with` binds its labels once, so that an observation on a hot path is one call without lookups. */
export interface Family<L extends LabelName, Child> {
  with(labels: Readonly<Record<L, string>>): Child;
}

/** The metrics of one process. Asking again for a name gives the same metric. */
export interface Metrics {
  counter<const L extends LabelName = never>(
    name: MetricName,
    help: string,
    labels?: readonly L[],
  ): Family<L, CounterChild>;
  /** `collect` runs at every scrape, for values that are cheaper to read than to keep. */
  gauge<const L extends LabelName = never>(
    name: MetricName,
    help: string,
    labels?: readonly L[],
    collect?: (gauge: Family<L, GaugeChild>) => void,
  ): Family<L, GaugeChild>;
  histogram<const L extends LabelName = never>(
    name: MetricName,
    help: string,
    labels?: readonly L[],
    buckets?: readonly number[],
  ): Family<L, HistogramChild>;
  /** The exposition text that `/metrics` serves. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Seconds, from a tenth of a millisecond (a hop on the bus) to ten minutes (an agent's work). */
export const DURATION_BUCKETS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600,
];

/** Makes a registry with the usual process and Node metrics; every metric carries the label `service`. */
export function createMetrics({ service }: { readonly service: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const families = new Map<string, { readonly kind: string; readonly family: unknown }>();

  function once<F>(kind: string, name: MetricName, make: () => F): F {
    const known = families.get(name);
    if (known !== undefined && known.kind !== kind) throw new TypeError(`metric ${name} is already a ${known.kind}`);
    const family = known === undefined ? make() : known.family;
    if (known === undefined) families.set(name, { kind, family });
    return family as F;
  }

  return {
    counter: (name, help, labels = []) =>
      once('counter', name, () => {
        const counter = new Counter<string>({ name, help, labelNames: labels, registers: [registry] });
        return { with: (values) => (labels.length === 0 ? counter : counter.labels(values)) };
      }),
    gauge: (name, help, labels = [], collect) =>
      once('gauge', name, () => {
        const gauge = new Gauge<string>({
          name,
          help,
          labelNames: labels,
          registers: [registry],
          ...(collect === undefined ? {} : { collect: () => collect(family) }),
        });
        const family: Family<(typeof labels)[number], GaugeChild> = {
          with: (values) => (labels.length === 0 ? gauge : gauge.labels(values)),
        };
        return family;
      }),
    histogram: (name, help, labels = [], buckets = DURATION_BUCKETS) =>
      once('histogram', name, () => {
        const histogram = new Histogram<string>({
          name,
          help,
          labelNames: labels,
          buckets: [...buckets],
          registers: [registry],
        });
        return { with: (values) => (labels.length === 0 ? histogram : histogram.labels(values)) };
      }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
