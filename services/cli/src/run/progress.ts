import { handoffText, refusalsText, targetText } from '../output/handoff-text.ts';
import { waitingText } from '../output/work-item-text.ts';
import { askedIn, waitText } from './asked-in.ts';
import type { Award, Body, Decision, RunEvent, RunSettled, UsageRecord } from '@parley/contracts';

/** Something that became known of a run, from the stream that holds it. */
export type RunFact =
  | { readonly type: 'decision'; readonly decision: Decision }
  | { readonly type: 'award'; readonly at: number; readonly agent: string; readonly award: Body<typeof Award> }
  | { readonly type: 'usage'; readonly at: number; readonly record: Body<typeof UsageRecord> };

/** One thing worth telling a person. `at`: milliseconds since 1970. */
export interface ProgressLine {
  readonly at: number;
  readonly label: string;
  readonly text: string;
  readonly tone: 'info' | 'good' | 'bad';
}

export interface RunTotals {
  readonly bids: number;
  /** Agents that closed at least one attempt, sorted. */
  readonly agents: readonly string[];
  /** Spent so far, as the guardian has settled it. */
  readonly microUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface RunProgress {
  /** Takes in one fact and returns what it means to a person. Facts of different streams may come in any order. */
  apply(fact: RunFact): ProgressLine[];
  totals(): RunTotals;
  readonly settled: RunSettled | undefined;
}

/** Follows one run by its facts. */
export function createProgress(): RunProgress {
  const labels = new Map<string, string>();
  const concurrent = new Set<string>();
  const escalated = new Set<string>();
  const agents = new Set<string>();
  const closedPermits = new Set<string>();
  let bids = 0;
  let microUsd = 0;
  let inputTokens = 0;
  let outputTokens = 0;
  let settled: RunSettled | undefined;

  const labelOf = (path: string): string => labels.get(path) ?? path;

  function ofEvent(run: string, event: RunEvent, at: number): ProgressLine[] {
    const line = (label: string, text: string, tone: ProgressLine['tone'] = 'info'): ProgressLine[] => [
      { at, label, text, tone },
    ];
    switch (event.type) {
      case 'RunStarted':
        return line('run', `${event.workflow} started`);
      case 'NodeAdvanced':
        if (event.kind === 'concurrent') concurrent.add(event.path);
        if (event.kind === 'wait') return line('run', waitText(event.state));
        {
          const asked = askedIn(run, event);
          if (asked?.version === 1) return line('people', `${asked.approval} ${waitingText(asked)}`);
          if (asked?.escalated !== true || escalated.has(event.path)) return [];
          escalated.add(event.path);
          return line('people', `others may decide too: ${asked.approval} ${waitingText(asked)}`);
        }
      case 'VoteRecorded': {
        const { by, decision, to, reason, refused } = event;
        const whom = to === undefined ? '' : ` to ${to}`;
        const why = reason === undefined ? '' : `: ${reason}`;
        if (refused === undefined)
          return line('people', `${by}: ${decision}${whom}${why}`, decision === 'reject' ? 'bad' : 'good');
        return line('people', `${by}: ${decision}${whom} does not count: ${refused.message}`, 'bad');
      }
      case 'SignalReceived': {
        const { name, by, kept, refused } = event;
        if (refused !== undefined)
          return line('run', `event ${name} of ${by} was not taken: ${refused.message}`, 'bad');
        return line('run', `event ${name} of ${by}${kept === undefined ? '' : ', kept until something waits for it'}`);
      }
      case 'SignalTaken':
        return [];
      case 'TaskScheduled': {
        const label = labelFor(event.path, event.capability, concurrent);
        labels.set(event.path, label);
        const { offer, attempt } = event;
        if (offer !== undefined) {
          const whom = targetText({ to: offer.to, capability: event.capability });
          return line(label, `offered to ${whom}, attempt ${attempt} (hop ${offer.hop}, ${offer.priority})`);
        }
        const again = event.continues ? 'continues' : 'tried again';
        const context = handoffText(event);
        const told = context === '' ? '' : `; ${context}`;
        return line(label, attempt === 1 ? 'announced' : `${again}, attempt ${attempt}${told}`);
      }
      case 'AttemptClosed': {
        const { outcome, by, error, usage } = event;
        if (by !== undefined) agents.add(by.agent);
        const who = by === undefined ? '' : ` by ${by.agent}`;
        const spent = usage === undefined || usage.modelCalls === 0 ? '' : `, ${usageText(usage)}`;
        const { handoff, refusals } = event;
        if (outcome === 'handoff' && handoff !== undefined && error === undefined)
          return line(labelOf(event.path), `handed over${who} to ${targetText(handoff)}: ${handoff.reason}${spent}`);
        if (outcome === 'refused')
          return line(labelOf(event.path), `not taken: ${refusalsText(refusals ?? [])}`, 'bad');
        if (outcome === 'asked')
          return line(labelOf(event.path), `asks people${who}: ${event.ask?.title ?? ''}${spent}`);
        if (outcome === 'result') return line(labelOf(event.path), `done${who}${spent}`, 'good');
        return line(labelOf(event.path), `${outcome}${who}${error === undefined ? '' : `: ${error.message}`}`, 'bad');
      }
      case 'NodeSettled':
      case 'WakeArmed':
        return [];
      case 'LateReport':
        return line('run', `a late report of ${event.agent} was kept aside (${event.reason})`);
      case 'ControlApplied':
        return line('run', `${event.verb} by ${event.by}: ${event.reason}`, 'bad');
      case 'RunSettled': {
        settled = event;
        const { status, error, steps, usage } = event;
        const why = error === undefined ? '' : `: ${error.message}`;
        return line(
          'run',
          `${status} after ${steps} steps, ${usageText(usage)}${why}`,
          error === undefined ? 'good' : 'bad',
        );
      }
    }
  }

  return {
    apply(fact) {
      switch (fact.type) {
        case 'decision':
          return fact.decision.events.flatMap((event) => ofEvent(fact.decision.run, event, fact.decision.at));
        case 'award': {
          const { award, agent, at } = fact;
          bids += award.reasons.bids.length;
          const path = award.task.slice(award.run.length + 1).replaceAll('-', '.');
          const label = labels.get(path) ?? labelFor(path, award.capability, concurrent);
          return [{ at, label, text: awardText(agent, award.reasons), tone: 'info' }];
        }
        case 'usage': {
          const { op, permit, charged, inputTokens: input, outputTokens: output } = fact.record;
          // The first closing of a permit is the one that counts.
          if (op === 'granted' || closedPermits.has(permit)) return [];
          closedPermits.add(permit);
          microUsd += charged.microUsd;
          inputTokens += input;
          outputTokens += output;
          return [];
        }
      }
    },
    totals: () => ({ bids, agents: [...agents].toSorted(), microUsd, inputTokens, outputTokens }),
    get settled() {
      return settled;
    },
  };
}

/** `research`, or `research 2` when its nearest concurrent ancestor runs several branches. */
function labelFor(path: string, capability: string, concurrent: ReadonlySet<string>): string {
  const parts = path.split('.');
  for (let length = parts.length - 1; length > 0; length--) {
    if (concurrent.has(parts.slice(0, length).join('.'))) return `${capability} ${Number(parts[length]) + 1}`;
  }
  return capability;
}

type Reasons = Body<typeof Award>['reasons'];

/** Who won and why, in one line. */
export function awardText(agent: string, { rule, bids, refusals, silent, etaMs }: Reasons): string {
  const scores = bids.map((bid) => `${bid.agent} ${bid.score.toFixed(2)}`).join(', ');
  const others = [
    ...refusals.map(({ agent: who, reason }) => `${who} refused (${reason})`),
    ...(silent.length === 0 ? [] : [`no answer from ${silent.join(', ')}`]),
  ].join('; ');
  const tail = others === '' ? '' : `; ${others}`;
  switch (rule) {
    case 'best_score':
      return `${agent} won with ${bids.length} bids: ${scores}${tail}`;
    case 'sole_proposal':
      return `${agent} won as the only bidder: ${scores}${tail}`;
    case 'only_candidate':
      return `to ${agent}, the only one who can`;
    case 'journal_holder':
      return `to ${agent}, who continues its own work`;
    case 'queued':
      return `queued for ${agent}${tail}`;
    case 'handoff_agreed':
      return `to ${agent}, who agreed${etaMs === undefined ? '' : ` (about ${(etaMs / 1_000).toFixed(1)} s)`}${tail}`;
  }
}

interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly microUsd: number;
}

export const usageText = ({ inputTokens, outputTokens, microUsd }: Usage): string =>
  `${count(inputTokens)} tokens in, ${count(outputTokens)} out, ${usdText(microUsd)}`;

export const usdText = (microUsd: number): string =>
  `$${(microUsd / 1e6).toFixed(microUsd > 0 && microUsd < 1e4 ? 6 : 4)}`;

const count = (value: number): string => value.toLocaleString('en-US');
