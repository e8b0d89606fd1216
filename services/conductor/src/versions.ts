import { type Bus, BusError, type Running } from '@parley/bus';
import {
  ContractError,
  decodeJson,
  encodeJson,
  parseWith,
  type WorkflowVersion,
  WorkflowVersions,
} from '@parley/contracts';

/** The versions of a namespace's workflows: numbers and digests. Held in one key per workflow, so that numbering and pointing to the newest are one write. */
export interface Versions extends AsyncDisposable {
  /** Oldest first; undefined when nothing is registered under this name. */
  of(ns: string, name: string): Promise<readonly WorkflowVersion[] | undefined>;
  /** Makes a digest the newest version; where it is already, it stays that version. */
  add(ns: string, name: string, digest: string): Promise<WorkflowVersion>;
  /** The newest version of every workflow that this process has seen, by name. */
  list(ns: string): (WorkflowVersion & { name: string })[];
}

/** Versions kept per workflow: the newest. Numbers go on, and a run keeps the definition it is pinned to. */
const MAX_VERSIONS = 500;
/** Registrations of one name at the same moment: each round one of them wins. */
const MAX_CONFLICTS = 20;

const keyOf = (ns: string, name: string): string => `versions.${ns}.${name}`;

const read = (value: Uint8Array): WorkflowVersion[] =>
  parseWith(WorkflowVersions, decodeJson(value), 'versions of a workflow').versions;

export async function openVersions(bus: Bus): Promise<Versions> {
  const bucket = bus.bucket('workflows');
  const seen = new Map<string, { revision: number; versions: WorkflowVersion[] }>();

  function note(key: string, revision: number, versions: WorkflowVersion[]): void {
    const known = seen.get(key);
    if (known === undefined || known.revision < revision) seen.set(key, { revision, versions });
  }

  const watch: Running = await bucket.watch('versions.>', ({ key, revision, value, deleted }) => {
    if (deleted) seen.delete(key);
    else note(key, revision, read(value));
  });

  return {
    async of(ns, name) {
      const key = keyOf(ns, name);
      const known = seen.get(key);
      if (known !== undefined) return known.versions;
      const entry = await bucket.get(key);
      if (entry === undefined || entry.deleted) return undefined;
      note(key, entry.revision, read(entry.value));
      return seen.get(key)?.versions;
    },

    async add(ns, name, digest) {
      const key = keyOf(ns, name);
      for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
        const entry = await bucket.get(key);
        const versions = entry === undefined || entry.deleted ? [] : read(entry.value);
        const newest = versions.at(-1);
        if (newest?.digest === digest) return newest;
        const next = { version: (newest?.version ?? 0) + 1, digest, at: bus.now() };
        const kept = [...versions, next].slice(-MAX_VERSIONS);
        try {
          const revision = await bucket.update(key, encodeJson({ versions: kept }), entry?.revision ?? 0);
          note(key, revision, kept);
          return next;
        } catch (error) {
          if (!(error instanceof BusError) || error.code !== 'conflict') throw error;
        }
      }
      throw new ContractError('unavailable', `${name} is being registered by many at this moment; try again`);
    },

    list(ns) {
      const prefix = keyOf(ns, '');
      return [...seen]
        .filter(([key]) => key.startsWith(prefix))
        .flatMap(([key, { versions }]) =>
          versions.slice(-1).map((newest) => ({ name: key.slice(prefix.length), ...newest })),
        )
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },

    [Symbol.asyncDispose]: () => watch.stop(),
  };
}
