import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { unspill } from '@parley/bus';
import { EXIT } from '../exit-codes.ts';
import { abortOnSignals } from '../interrupt.ts';
import { progressText } from '../output/progress-text.ts';
import type { Terminal } from '../output/terminal.ts';
import { usdText } from '../run/progress.ts';
import { submitRun } from '../run/submit.ts';
import { waitForRun } from '../run/wait-for-run.ts';
import { chooseDocs } from '../stack/docs.ts';
import { modelText } from '../output/process-table.ts';
import { layoutOf } from '../stack/layout.ts';
import { AGENTS } from '../stack/services.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import type { ProcessChange } from '../stack/supervisor.ts';
import { answerText } from './answer-text.ts';
import { type DemoFlags, readQuestion } from './options.ts';
import { demoResult } from './result.ts';

const WORKFLOW = 'research';
const NAMESPACE = 'demo';

/** Checks the input, starts a stack of its own, runs the question, prints the answer; resolves to the exit code. */
export async function runDemo(flags: DemoFlags, terminal: Terminal): Promise<number> {
  const { note, style, out } = terminal;
  const question = readQuestion(flags.ask, flags.docs);
  const abort = abortOnSignals(() => note('stopping …'));
  const startedAt = performance.now();
  await using folder = await dataFolder(flags);
  const corpus = await chooseDocs(flags.docs, folder.path, note);
  note(`question   ${style('bold', oneLine(question))}`);
  note(`documents  ${flags.docs ?? 'the documentation of this project'}: ${corpus.files.length} files`);

  await using stack = await startStack({
    layout: layoutOf(folder.path),
    docs: corpus.folder,
    namespace: NAMESPACE,
    agents: AGENTS,
    nats: { urlField: 'PARLEY_NATS_URL', portField: 'port' },
    redis: { urlField: 'PARLEY_REDIS_URL', portField: 'port' },
    restart: true,
    env: process.env,
    signal: abort,
    onProgress: note,
    onChange: (change) => noteChange(change, abort, terminal),
  });
  const state = stack.state();
  note(`model      ${modelText(state.modelUrl, process.env)}`);
  note(`ready      ${state.processes.length} processes in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);

  const result = demoResult({ ...(await answer(stack, question, flags, abort, terminal)), corpus });
  out(flags.json ? JSON.stringify(result) : answerText(result));
  return result.status === 'completed' ? EXIT.ok : EXIT.failed;
}

async function answer(stack: Stack, question: string, flags: DemoFlags, signal: AbortSignal, terminal: Terminal) {
  const { bus } = stack;
  const limits = flags.budgetUsd === undefined ? {} : { limits: { microUsd: Math.ceil(flags.budgetUsd * 1e6) } };
  const askedAt = performance.now();
  const startMs = Date.now();
  const { runId } = await submitRun(bus, { namespace: NAMESPACE, workflow: WORKFLOW, input: { question }, ...limits });
  const { settled, totals } = await waitForRun({
    bus,
    namespace: NAMESPACE,
    runId,
    timeoutMs: flags.timeout * 1_000,
    signal,
    onLine: (line, { microUsd, inputTokens, outputTokens }) => {
      const tokens = inputTokens + outputTokens;
      const soFar = tokens === 0 ? '' : ` (${tokens.toLocaleString('en-US')} tokens, ${usdText(microUsd)} so far)`;
      terminal.note(progressText(line, startMs, terminal) + terminal.style('dim', soFar));
    },
  });
  const durationMs = Math.round(performance.now() - askedAt);
  const output = settled.output === undefined ? {} : { output: await unspill(bus, NAMESPACE, settled.output) };
  return { runId, settled: { ...settled, ...output }, totals, durationMs };
}

function noteChange({ name, status, because }: ProcessChange, abort: AbortSignal, { note, style }: Terminal): void {
  if (abort.aborted) return;
  if (because !== undefined) note(style('yellow', `  ${name} ${because}; it is started again`));
  else if (status === 'ready') note(style('dim', `  ${name} is ready`));
}

/** The folder that the stack works in; a temporary one is deleted at the end. */
async function dataFolder({ data, keep }: DemoFlags): Promise<AsyncDisposable & { path: string }> {
  if (data !== undefined) return { path: resolve(data), [Symbol.asyncDispose]: async () => {} };
  const path = await mkdtemp(join(tmpdir(), 'parley-demo-'));
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      if (keep) process.stderr.write(`kept ${path}\n`);
      else await rm(path, { recursive: true, force: true });
    },
  };
}

const oneLine = (text: string): string => {
  const flat = text.replaceAll(/\s+/g, ' ');
  return flat.length > 200 ? `${flat.slice(0, 199)}…` : flat;
};
