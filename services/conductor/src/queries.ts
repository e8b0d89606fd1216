import { summarize } from '@parley/core';
import {
  ContractError,
  encodeJson,
  QueryRun,
  QueryRuns,
  QueryWorkflow,
  QueryWorkflows,
  RunDecision,
  type RunSummary,
  WorkflowRegister,
} from '@parley/contracts';
import type { Bus, Running } from '@parley/bus';
import type { Engine } from './engine.ts';
import type { RunLog } from './run-log.ts';
import { definitionIn, type Workflows } from './workflows.ts';

/** Answers questions about runs, and registers definitions. */
export async function serveQueries(bus: Bus, engine: Engine, workflows: Workflows): Promise<Running[]> {
  const queue = { queue: 'conductor' };
  return [
    await bus.serve(
      WorkflowRegister.filter(),
      async (message) => {
        const params = WorkflowRegister.parseSubject(message.subject);
        const definition = definitionIn(message.payload);
        if (params === undefined || params.workflow !== definition.name) {
          throw new ContractError(
            'subject_mismatch',
            `the subject names ${params?.workflow}, the definition ${definition.name}`,
            {
              field: 'name',
            },
          );
        }
        const { digest, version } = await workflows.register(params.ns, definition);
        return encodeJson({ name: definition.name, digest, version });
      },
      queue,
    ),
    await bus.serve(
      QueryWorkflows.filter(),
      (message) => encodeJson({ workflows: workflows.list(QueryWorkflows.parseSubject(message.subject)?.ns ?? '') }),
      queue,
    ),
    await bus.serve(
      QueryWorkflow.filter(),
      async (message) => {
        const ns = QueryWorkflow.parseSubject(message.subject)?.ns ?? '';
        const { name, version } = QueryWorkflow.decode(message.payload);
        const digest = await workflows.digest(ns, name, version);
        const versions = await workflows.versions(ns, name);
        const shown = versions.findLast((one) => one.digest === digest && one.version === (version ?? one.version));
        const { definition } = await workflows.plan(digest);
        return encodeJson({ name, ...shown, definition, versions });
      },
      queue,
    ),
    await bus.serve(
      QueryRun.filter(),
      async (message) => {
        const ns = QueryRun.parseSubject(message.subject)?.ns ?? '';
        const { run } = QueryRun.decode(message.payload);
        const { log, plan } = await engine.run({ ns, run });
        if (log.state.status === 'new') {
          throw new ContractError('run_unknown', `no run ${run} in namespace ${ns}`, { field: 'run' });
        }
        return encodeJson({ ...summarize(plan, log.state), ...times(log) });
      },
      queue,
    ),
    await bus.serve(
      QueryRuns.filter(),
      async (message) => {
        const ns = QueryRuns.parseSubject(message.subject)?.ns ?? '';
        const { limit } = QueryRuns.decode(message.payload);
        const newest = await bus.lastPerSubject('RUNS', RunDecision.filter({ ns }), limit);
        const runs: RunSummary[] = [];
        for (const { subject, sequence } of newest) {
          const run = RunDecision.parseSubject(subject)?.runId ?? '';
          const { log } = await engine.run({ ns, run }, sequence);
          if (log.state.status === 'new') continue;
          runs.push({ run, workflow: log.state.workflow, status: log.state.status, ...times(log) });
        }
        return encodeJson({ runs });
      },
      queue,
    ),
  ];
}

const times = (log: RunLog): Pick<RunSummary, 'decisions' | 'startedAt' | 'updatedAt'> => ({
  decisions: log.n,
  startedAt: log.startedAt,
  updatedAt: log.at,
});
