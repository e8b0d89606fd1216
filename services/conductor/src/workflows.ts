import { compilePlan, DefinitionError, type DefinitionProblem, type Plan } from '@parley/core';
import {
  canonicalJson,
  ContractError,
  decodeJson,
  digestOf,
  encodeJson,
  MAX_PROBLEMS,
  parseWith,
  readDefinition,
  WorkflowDefinition,
  type WorkflowVersion,
} from '@parley/contracts';
import type { Bus } from '@parley/bus';
import { type Registered, withSubworkflows } from './subworkflows.ts';
import { openVersions } from './versions.ts';

/** Registered workflow definitions, by name and version and by digest. */
export interface Workflows extends AsyncDisposable {
  /** Stores a definition, with the workflows that it names, and makes it the one that new runs of its name start with. Throws `ContractError` `definition_invalid`. */
  register(ns: string, definition: WorkflowDefinition): Promise<WorkflowVersion>;
  /** Stores a definition by digest alone. Stored once per digest: definitions never change. */
  pin(definition: WorkflowDefinition): Promise<{ digest: string }>;
  /** The digest that a new run of this name is pinned to: of its newest version, or of the one that is asked for. Throws `ContractError` `workflow_unknown`. */
  digest(ns: string, name: string, version?: number): Promise<string>;
  /** All versions of a workflow, oldest first. Throws `ContractError` `workflow_unknown`. */
  versions(ns: string, name: string): Promise<readonly WorkflowVersion[]>;
  /** The newest version of every workflow of a namespace, by name. */
  list(ns: string): (WorkflowVersion & { name: string })[];
  /** The compiled definition of a digest. Throws `ContractError` `workflow_unknown`. */
  plan(digest: string): Promise<Plan>;
  /** The plan if it is in memory: no await on the hot path. */
  planNow(digest: string): Plan | undefined;
}

const digestKey = (digest: string): string => `digest.${digest}`;

export async function openWorkflows(bus: Bus): Promise<Workflows> {
  const bucket = bus.bucket('workflows');
  const named = await openVersions(bus);
  const plans = new Map<string, Plan>();

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

  async function versions(ns: string, name: string): Promise<readonly WorkflowVersion[]> {
    const found = await named.of(ns, name);
    if (found !== undefined) return found;
    throw new ContractError('workflow_unknown', `no workflow ${name} is registered in namespace ${ns}`, {
      field: 'workflow',
    });
  }

  async function digestIn(ns: string, name: string, version?: number): Promise<string> {
    const all = await versions(ns, name);
    const found = version === undefined ? all.at(-1) : all.find((one) => one.version === version);
    if (found !== undefined) return found.digest;
    const [oldest, newest] = [all[0]?.version, all.at(-1)?.version];
    throw new ContractError('workflow_unknown', `${name} has no version ${version}; it has ${oldest} to ${newest}`, {
      field: 'version',
    });
  }

  const registeredIn = (ns: string): Registered => ({
    async find(name, version) {
      const digest = await digestIn(ns, name, version);
      return { digest, definition: (await plan(digest)).definition };
    },
    names: () => named.list(ns).map(({ name }) => name),
  });

  return {
    pin,
    async register(ns, definition) {
      // First the definition, then the version that leads to it: a crash in between leaves a definition that nothing names.
      const { digest } = await pin(await withSubworkflows(definition, registeredIn(ns)));
      return await named.add(ns, definition.name, digest);
    },
    versions,
    digest: digestIn,
    list: (ns) => named.list(ns),
    plan,
    planNow: (digest) => plans.get(digest),
    [Symbol.asyncDispose]: () => named[Symbol.asyncDispose](),
  };
}

/** The definition in a payload. Throws `ContractError` `definition_invalid` with everything that is wrong with its form. */
export function definitionIn(payload: Uint8Array): WorkflowDefinition {
  const read = readDefinition(decodeJson(payload));
  if ('definition' in read) return read.definition;
  throw refusal(read.problems);
}

function compile(definition: WorkflowDefinition, digest: string): Plan {
  try {
    return compilePlan(definition, digest);
  } catch (cause) {
    if (!(cause instanceof DefinitionError)) throw cause;
    throw refusal(cause.problems, { cause });
  }
}

/** Texts of an answer together; its problems alone are bounded by their number. */
const MAX_MESSAGE = 8_000;

function refusal(problems: readonly DefinitionProblem[], options: ErrorOptions = {}): ContractError {
  const lines = problems.slice(0, MAX_PROBLEMS).map(({ pointer, message }) => `${pointer}: ${message}`);
  if (problems.length > MAX_PROBLEMS) lines.push(`and ${problems.length - MAX_PROBLEMS} more`);
  const field = problems[0]?.pointer;
  return new ContractError('definition_invalid', lines.join('\n').slice(0, MAX_MESSAGE), {
    ...options,
    problems,
    ...(field === undefined ? {} : { field }),
  });
}
