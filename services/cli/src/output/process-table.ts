import { join } from 'node:path';
import type { StackState } from '../stack/state-file.ts';
import { table } from './table.ts';
import { withoutCredentials } from './without-credentials.ts';

/** What runs where. */
export function processTable({ processes }: StackState): string {
  const rows = processes.map(({ name, kind, pid, httpPort, url, status }) => [
    name,
    kind,
    pid === 0 ? '-' : String(pid),
    status,
    url !== null ? withoutCredentials(url) : httpPort === null ? '-' : `http://127.0.0.1:${httpPort}/metrics`,
  ]);
  return table([['NAME', 'KIND', 'PID', 'STATUS', 'WHERE'], ...rows]);
}

/** How to use the stack that has just become ready. */
export function stackSummary(state: StackState, workflows: readonly string[], readyMs: number): string {
  return [
    `ready in ${(readyMs / 1_000).toFixed(1)} s; Ctrl-C stops everything`,
    `documents  ${state.docs}`,
    `model      ${modelText(state.modelUrl, process.env)}`,
    `logs       ${join(state.data, 'logs')}`,
    `workflows  ${workflows.join(', ')}`,
    '',
    `parley run research --input '{"question":"…"}' --wait`,
    `nats -s ${withoutCredentials(state.natsUrl)} pub parley.v1.run.submit.${state.namespace}.research '{"input":{"question":"…"}}'`,
    `${ownAgentText(state)} npx node my-agent.ts`,
  ].join('\n');
}

/** The environment of an agent that is started beside the stack. */
function ownAgentText({ natsUrl, modelUrl, namespace }: StackState): string {
  const model = modelUrl === null ? [] : [`ANTHROPIC_BASE_URL=${modelUrl}`, 'ANTHROPIC_API_KEY=model-sim'];
  const tenant = namespace === 'default' ? [] : [`PARLEY_NAMESPACE=${namespace}`];
  return [`PARLEY_NATS_URL=${withoutCredentials(natsUrl)}`, ...tenant, ...model].join(' ');
}

/** Which model the agents call. */
export function modelText(simUrl: string | null, env: NodeJS.ProcessEnv): string {
  if (simUrl !== null) return 'model-sim: it extracts and quotes; set ANTHROPIC_API_KEY to use Claude';
  return env['ANTHROPIC_BASE_URL'] ? `the one at ${env['ANTHROPIC_BASE_URL']}` : 'Claude';
}
