import { compilePlan, DefinitionError, type Plan } from '@parley/core';
import {
  canonicalJson,
  ContractError,
  decodeJson,
  digestOf,
  encodeJson,
  parseWith,
  WorkflowDefinition,
} from '@parley/contracts';
import type { Bus, Running } from '@parley/bus';

/** Registered workflow definitions, by name and by digest. */
export interface Workflows extends AsyncDisposable {
  /** Stores a definition and makes it the one that new runs of its name start with. Throws `ContractError` `definition_invalid`. */
  register(ns: string, definition: WorkflowDefinition): Promise<{ name: string; digest: string }>;
  /** Stores a definition by digest alone. Stored once per digest: definitions never change. */
  pin(definition: WorkflowDefinition): Promise<{ digest: string }>;
  /** The digest that a new run of this name is pinned to. */
  current(ns: string, name: string): Promise<string | undefined>;
  /** The compiled definition of a digest. Throws `ContractError` `workflow_unknown`. */
  plan(digest: string): Promise<Plan>;
  /** The plan if it is in memory: no await on the hot path. */
  planNow(digest: string): Plan | undefined;
}

const nameKey = (ns: string, name: string): string => `${ns}.${name}`;
const digestKey = (digest: string): string => `digest.${digest}`;

export async function openWorkflows(bus: Bus): Promise<Workflows> {
  const bucket = bus.bucket('workflows');
  const names = new Map<string, string>();
  const plans = new Map<string, Plan>();
  const decoder = new TextDecoder();
  const watch: Running = await bucket.watch('>', (entry) => {
    if (entry.key.startsWith('digest.')) return;
    if (entry.deleted) names.delete(entry.key);
    else names.set(entry.key, decoder.decode(entry.value));
  });

  async function plan(digest: string): Promise<Plan> {
    const known = plans.get(digest);
    if (known !== undefined) return known;
    const entry = await bucket.get(digestKey(digest));
    if (entry === undefined)
      throw new ContractError('workflow_unknown', `no definition is stored for digest ${digest}`);
    const compiled = compilePlan(parseWith(WorkflowDefinition, decodeJson(entry.value), 'workflow'), digest);
    plans.set(digest, compiled);
    return compiled;
  }

  async function pin(definition: WorkflowDefinition): Promise<{ digest: string }> {
    const digest = digestOf(canonicalJson(definition));
    if (plans.has(digest)) return { digest };
    const compiled = compile(definition, digest);
    await bucket.put(digestKey(digest), encodeJson(definition));
    plans.set(digest, compiled);
    return { digest };
  }

  return {
    pin,
    async register(ns, definition) {
      const { digest } = await pin(definition);
      await bucket.put(nameKey(ns, definition.name), new TextEncoder().encode(digest));
      names.set(nameKey(ns, definition.name), digest);
      return { name: definition.name, digest };
    },
    async current(ns, name) {
      const known = names.get(nameKey(ns, name));
      if (known !== undefined) return known;
      const entry = await bucket.get(nameKey(ns, name));
      if (entry === undefined) return undefined;
      const digest = decoder.decode(entry.value);
      names.set(nameKey(ns, name), digest);
      return digest;
    },
    plan,
    planNow: (digest) => plans.get(digest),
    [Symbol.asyncDispose]: () => watch.stop(),
  };
}

function compile(definition: WorkflowDefinition, digest: string): Plan {
  try {
    return compilePlan(definition, digest);
  } catch (cause) {
    if (!(cause instanceof DefinitionError)) throw cause;
    const field = cause.problems[0]?.pointer;
    throw new ContractError('definition_invalid', cause.message, { cause, ...(field === undefined ? {} : { field }) });
  }
}
