import {
  type CommandCheck,
  type GateCheck,
  type Json,
  RUN_COMMAND,
  RUNNER_AGENT,
  type TaskDef,
} from '@parley/contracts';
import type { Outcome } from '../state.ts';
import { endedAs, failed, fieldOf } from './outcome.ts';
import type { Found, Scene, SettledChild, TemplatePart, View } from './pattern.ts';

/** Failures of a command that are about what was to be checked, not about the runner. */
const FAULTS_OF_CANDIDATE = new Set([
  'command_proved_nothing',
  'command_timeout',
  'input_invalid',
  'input_unresolved',
  'workspace_forbidden',
]);

const MAX_REASON = 2_000;

/** Time that the runner has besides the command's own: writing files, killing what hangs. */
const RUNNER_GRACE_MS = 10_000;

const START_RUNNER = `start the agent ${RUNNER_AGENT}, for example with parley dev --runner`;

const CANDIDATE_AND_INPUT: Json = { candidate: { $from: '/candidate' }, input: { $from: '/input' } };

/** A check that somebody has to answer as a task. */
type Asked = Extract<GateCheck, { command: unknown } | { validator: unknown }>;

const isAsked = (check: GateCheck): check is Asked => 'command' in check || 'validator' in check;

/** Why the checks that need nobody refuse a candidate; undefined when they let it pass. Schemas come before expressions. */
export function objectionOf(
  checks: readonly GateCheck[],
  candidate: Json,
  feedback: Json,
  view: Pick<View<Json>, 'evaluate' | 'schemas'>,
): string | undefined {
  if (
    isBlob(candidate) &&
    checks.some((check) => 'schema' in check || ('command' in check && readsFiles(check.command)))
  ) {
    return 'the output is too large to be checked; make it shorter';
  }
  for (const check of checks) {
    const wrong = 'schema' in check ? view.schemas(check.schema)(candidate) : undefined;
    if (wrong !== undefined) return `the output does not fit its schema: ${wrong}`;
  }
  for (const check of checks) {
    if ('expression' in check && view.evaluate(check.expression, { candidate, feedback }) !== true)
      return check.reason ?? `the output does not meet the condition ${check.expression}`;
  }
  return undefined;
}

/** The first check from `from` on that is asked; −1 when none is left. */
export const nextAsked = (checks: readonly GateCheck[], from: number): number =>
  checks.findIndex((check, i) => i >= from && isAsked(check));

/** The task that answers check `index`. */
export function checkTask(checks: readonly GateCheck[], index: number): TaskDef {
  const check = checks[index];
  if (check === undefined || !isAsked(check)) throw new Error(`check ${index} is no task`);
  const id = `check-${index + 1}`;
  if ('command' in check) return commandTask(id, check.command);
  const { capability, input = CANDIDATE_AND_INPUT, performMs, attempts } = check.validator;
  return { kind: 'task', id, capability, input, criteria: 'balanced', performMs, attempts };
}

/** The task by which the platform's runner carries a command out. It can neither be won by another agent nor handed over. */
export function commandTask(id: string, command: CommandCheck): TaskDef {
  const { run, workspace, files = { $from: '/candidateFiles' }, timeoutMs } = command;
  return {
    kind: 'task',
    id,
    capability: RUN_COMMAND,
    agents: [RUNNER_AGENT],
    handoffs: 0,
    input: { run, files, timeoutMs, ...(workspace === undefined ? {} : { workspace }) },
    criteria: 'balanced',
    performMs: timeoutMs + RUNNER_GRACE_MS,
    attempts: 3,
  };
}

/** What a settled check says: the candidate passes, is refused, or nobody can tell and the node around it ends so. */
export type Verdict = { passes: true } | { reason: string } | { ends: Outcome };

/** The verdict of the check at `index`. */
export function verdictOf(checks: readonly GateCheck[], index: number, child: SettledChild): Verdict {
  const check = checks[index];
  if (check !== undefined && 'command' in check) return verdictOfCommand(check.command, child);
  return child.status === 'completed' ? verdictOfValidator(child.output ?? null) : { ends: endedAs(child) };
}

/** What the runner measured. */
export type Measured = { exitCode: number; digest: string; durationMs: number; outputTail: string };

export function verdictOfCommand({ run, expectExit }: CommandCheck, child: SettledChild): Verdict {
  const { status, error } = child;
  if (status === 'failed' && error !== undefined && FAULTS_OF_CANDIDATE.has(error.code))
    return { reason: `${error.code}: ${error.message}`.slice(0, MAX_REASON) };
  if (status === 'failed' && error?.code === 'unroutable')
    return { ends: failed('unroutable', `${error.message}; ${START_RUNNER}`) };
  if (status !== 'completed') return { ends: endedAs(child) };
  const measured = measuredIn(child.output);
  if (measured === undefined) return { reason: 'the runner did not say how the command ended' };
  const { exitCode, outputTail } = measured;
  if (exitCode === expectExit) return { passes: true };
  const head = `${run.join(' ').slice(0, 200)} ended with ${exitCode}, not ${expectExit}: `;
  return { reason: head + outputTail.slice(head.length - MAX_REASON).toWellFormed() };
}

/** The runner's result, when it is one. A command that a signal ended has the exit code −1. */
export function measuredIn(output: Json | undefined): Measured | undefined {
  const exitCode = fieldOf(output, 'exitCode');
  const digest = fieldOf(output, 'digest');
  const durationMs = fieldOf(output, 'durationMs');
  const tail = fieldOf(output, 'outputTail');
  if (typeof exitCode !== 'number' || typeof digest !== 'string' || typeof durationMs !== 'number') return undefined;
  return { exitCode, digest, durationMs, outputTail: typeof tail === 'string' ? tail : '' };
}

function verdictOfValidator(answer: Json): Verdict {
  const verdict = fieldOf(answer, 'verdict');
  if (verdict === 'VALID') return { passes: true };
  if (verdict === 'INVALID') {
    const reason = fieldOf(answer, 'reason');
    return {
      reason: typeof reason === 'string' && reason !== '' ? reason.slice(0, 4_000) : 'rejected without a reason',
    };
  }
  return { reason: `the validator's answer has no verdict VALID or INVALID: ${JSON.stringify(answer).slice(0, 500)}` };
}

/** The names that a check sees on top of those around it. */
export const CHECK_NAMES = ['candidate', 'feedback'];

/** What the task of a check sees: the candidate, and the files in it. */
export function provideCandidate(name: string | undefined, of: number, scene: Pick<Scene<Json>, 'output'>): Found {
  if (name !== 'candidate' && name !== 'candidateFiles') return undefined;
  const candidate = of < 0 ? null : (scene.output(of) ?? null);
  return { value: name === 'candidate' ? candidate : (fieldOf(candidate, 'files') ?? []), used: 1 };
}

export function* templatesOf(
  checks: readonly GateCheck[],
  at: string,
  names: readonly string[],
): Iterable<TemplatePart> {
  for (const [i, check] of checks.entries()) {
    if ('command' in check) yield* templatesOfCommand(check.command, `${at}/${i}/command`, names);
    if ('validator' in check && check.validator.input !== undefined)
      yield { pointer: `${at}/${i}/validator/input`, template: check.validator.input, names };
  }
}

export function* templatesOfCommand(
  command: CommandCheck,
  at: string,
  names: readonly string[],
): Iterable<TemplatePart> {
  const { workspace, files } = command;
  if (workspace !== undefined) yield { pointer: `${at}/workspace`, template: workspace, names };
  if (files !== undefined) yield { pointer: `${at}/files`, template: files, names };
}

export function* expressionsOf(checks: readonly GateCheck[], at: string, names: readonly string[]) {
  for (const [i, check] of checks.entries())
    if ('expression' in check) yield { pointer: `${at}/${i}/expression`, expression: check.expression, names };
}

export function* schemasOf(checks: readonly GateCheck[], at: string) {
  for (const [i, check] of checks.entries())
    if ('schema' in check) yield { pointer: `${at}/${i}/schema`, schema: check.schema };
}

const readsFiles = ({ files }: CommandCheck): boolean => files === undefined;

/** True for a value that is kept apart because of its size: nothing in it can be looked at. */
export const isBlob = (value: Json | undefined): boolean => fieldOf(value, '$blob') !== undefined;
