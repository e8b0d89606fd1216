import { decisionHash, type RunEvent } from '@parley/contracts';
import { scoreBids } from '@parley/core';
import type { AwardMade, History } from './history.ts';

interface Attempt {
  readonly epoch: number;
  open: boolean;
}

/** What a finished run's history breaks of the protocol; empty when it is sound. */
export function violations({ run, decisions, awards }: History): string[] {
  const found: string[] = [];
  const check = (holds: boolean, text: string): void => {
    if (!holds) found.push(text);
  };
  let before = { hash: '', at: 0 };
  for (const [i, decision] of decisions.entries()) {
    check(decision.run === run, `decision ${i + 1} belongs to ${decision.run}`);
    check(decision.n === i + 1, `decision ${i + 1} has n ${decision.n}`);
    check(decision.prev === before.hash, `decision ${i + 1} does not follow the one before`);
    check(decision.hash === decisionHash(decision), `decision ${i + 1} does not have its hash`);
    check(decision.at >= before.at, `decision ${i + 1} is older than the one before`);
    check(decision.causes.length > 0 && decision.events.length > 0, `decision ${i + 1} is empty`);
    before = decision;
  }
  const events = decisions.flatMap((decision) => decision.events);
  checkLife(events, check);
  checkAttempts(events, awards, check);
  checkAwards(events, awards, check);
  return found;
}

type Check = (holds: boolean, text: string) => void;

/** What is only put on record. */
const RECORDS = new Set(['LateReport', 'VoteRecorded', 'SignalReceived']);

/** One beginning, one end, nothing but records after it; the epoch never goes back. */
function checkLife(events: readonly RunEvent[], check: Check): void {
  check(events[0]?.type === 'RunStarted', 'the log does not begin with RunStarted');
  check(events.filter(({ type }) => type === 'RunStarted').length === 1, 'the run did not start once');
  check(events.filter(({ type }) => type === 'RunSettled').length === 1, 'the run did not settle once');
  const end = events.findIndex(({ type }) => type === 'RunSettled');
  for (const { type } of end < 0 ? [] : events.slice(end + 1)) check(RECORDS.has(type), `${type} after the end`);
  let epoch = 0;
  for (const event of events) {
    if (event.type !== 'ControlApplied') continue;
    check(event.epoch > epoch, `epoch ${event.epoch} after ${epoch}`);
    epoch = event.epoch;
  }
}

/** Attempts of a task are numbered 1, 2, 3 …, one open at a time, closed once, by their holder; none is of an epoch below the fence. */
function checkAttempts(events: readonly RunEvent[], awards: readonly AwardMade[], check: Check): void {
  const tasks = new Map<string, { id: string; attempts: Attempt[] }>();
  const settled = new Set<string>();
  let fence = 0;
  for (const event of events) {
    if (event.type === 'ControlApplied' && event.verb === 'halt') fence = event.epoch;
    if (event.type === 'NodeSettled') {
      check(!settled.has(event.path), `node ${event.path} settled twice`);
      settled.add(event.path);
    }
    if (event.type === 'TaskScheduled') {
      const name = `attempt ${event.attempt} of ${event.path}`;
      const { attempts } = tasks.get(event.path) ?? { attempts: [] };
      check(event.attempt === attempts.length + 1, `${name} follows ${attempts.length}`);
      check(
        attempts.every(({ open }) => !open),
        `${name} opens beside another`,
      );
      check(event.epoch >= fence, `${name} is of epoch ${event.epoch}, fenced at ${fence}`);
      tasks.set(event.path, { id: event.task, attempts: [...attempts, { epoch: event.epoch, open: true }] });
    }
    if (event.type === 'AttemptClosed') {
      const name = `attempt ${event.attempt} of ${event.path}`;
      const task = tasks.get(event.path);
      const attempt = task?.attempts[event.attempt - 1];
      check(attempt?.open === true, `${name} is closed while not open`);
      if (attempt !== undefined) attempt.open = false;
      if (event.by === undefined) continue;
      check((attempt?.epoch ?? 0) >= fence, `${name} is closed by a report although fenced`);
      const holder = awards.find(({ award }) => award.task === task?.id && award.attempt === event.attempt)?.agent;
      check(holder === event.by.agent, `${name} is closed by ${event.by.agent}, held by ${holder}`);
    }
  }
}

/** At most one award per attempt, for an attempt that was scheduled, to a bidder with the highest score where there was an auction. */
function checkAwards(events: readonly RunEvent[], awards: readonly AwardMade[], check: Check): void {
  const scheduled = events.filter((event) => event.type === 'TaskScheduled');
  const made = new Set<string>();
  for (const { agent, award } of awards) {
    const name = `the award of ${award.task} attempt ${award.attempt}`;
    const key = `${award.task}/${award.attempt}`;
    check(!made.has(key), `${name} was made twice`);
    made.add(key);
    const task = scheduled.find((event) => event.task === award.task && event.attempt === award.attempt);
    check(task?.epoch === award.epoch, `${name} is for nothing that was scheduled`);
    const { rule, criteria, bids } = award.reasons;
    check(
      JSON.stringify(scoreBids(criteria, bids)) === JSON.stringify(bids),
      `${name} has scores that its bids do not give`,
    );
    const offer = task?.offer;
    check((rule === 'handoff_agreed') === (offer !== undefined), `${name} is ${rule}, of an offer or not`);
    check(offer?.from !== agent, `${name} went back to the giver`);
    check((offer?.to ?? agent) === agent, `${name} went to ${agent} instead of ${offer?.to}`);
    if (rule === 'best_score') check(bids[0]?.agent === agent, `${name} did not go to the best bid`);
    if (rule === 'sole_proposal') check(bids.length === 1 && bids[0]?.agent === agent, `${name} had other bids`);
  }
}
