import { type HandoffBrief, HandoffRequest, type Json } from '@parley/contracts';
import { cutBrief, cutText } from './cut-brief.ts';
import { TerminalError } from './errors.ts';
import { issueText } from './issue-text.ts';

const MAX_REASON = 1_000;

/** What an agent says when it hands its task over. `to`, `capability` or both name who is meant. */
export interface HandoffOptions {
  /** The agent that is to take the task; without one, any other agent of the capability. */
  readonly to?: string;
  /** What it is asked to do; without one, what this agent was asked. */
  readonly capability?: string;
  readonly reason: string;
  readonly priority?: HandoffRequest['priority'];
  /** All that the next holder gets to know of this agent's work; too much of it is cut, with a note. */
  readonly brief: Pick<HandoffBrief, 'asked' | 'next'> & {
    readonly found?: readonly string[];
    readonly failed?: readonly string[];
  };
  /** For another capability; left out, the input stays the same. */
  readonly input?: Json;
  /** `return`: the result comes back to this agent, as `task.returned`. Default `transfer`. */
  readonly continuation?: HandoffRequest['continuation'];
}

/** Ends the attempt as handed over: thrown by `context.handoff`, or returned by `perform`. */
export class HandoffRequested extends Error {
  override readonly name = 'HandoffRequested';
  readonly request: HandoffRequest;

  constructor(request: HandoffRequest) {
    super(`handed over to ${request.to ?? request.capability ?? ''}: ${request.reason}`);
    this.request = request;
  }
}

/** What `perform` returns to hand its task over. Throws `TerminalError` `handoff_invalid`, naming the field. */
export function handoff({ brief, reason, ...options }: HandoffOptions): HandoffRequested {
  const { asked, found = [], failed = [], next } = brief;
  const parsed = HandoffRequest.safeParse({
    ...options,
    reason: cutText(reason, MAX_REASON),
    brief: cutBrief({ asked, found: [...found], failed: [...failed], next }),
  });
  if (!parsed.success) throw new TerminalError('handoff_invalid', issueText(parsed.error), { cause: parsed.error });
  return new HandoffRequested(parsed.data);
}
