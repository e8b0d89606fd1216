import { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { Brain, BrainReply } from './brain.ts';
import { Fault } from './faults.ts';
import type { MessagesRequest } from './request.ts';

/** A substring, or a regular expression written `/pattern/flags`. */
const Pattern = z.string().min(1).refine(isPattern, 'not a valid regular expression');

const StopReason = z.enum([
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
]);
const ToolUse = z.strictObject({ name: z.string().min(1), input: z.record(z.string(), z.unknown()).default({}) });

const Rule = z.strictObject({
  match: z
    .strictObject({
      system: Pattern.optional(),
      /** The text of the newest user message. */
      user: Pattern.optional(),
      /** The name of an offered tool. */
      tool: Pattern.optional(),
      /** Which of the requests this rule fits otherwise, counted from 1. */
      nth: z.int().positive().optional(),
    })
    .default({}),
  reply: z.strictObject({
    text: z.string().optional(),
    json: z.unknown().optional(),
    toolUse: z.union([ToolUse, z.array(ToolUse)]).optional(),
    thinking: z.string().optional(),
    stopReason: StopReason.optional(),
    usage: z
      .strictObject({ inputTokens: z.int().nonnegative().optional(), outputTokens: z.int().nonnegative().optional() })
      .optional(),
    faults: z.array(Fault).optional(),
  }),
});
type Rule = z.infer<typeof Rule>;

/** Scripted answers; the first rule that fits is used. */
export const Scenario = z.strictObject({
  /** A request no rule fits is refused; otherwise the brain underneath answers it. */
  strict: z.boolean().default(false),
  rules: z.array(Rule),
});
export type Scenario = z.infer<typeof Scenario>;
export type ScenarioInput = z.input<typeof Scenario>;

/** A reply of a scenario, with the faults it asks for. */
export interface ScriptedReply extends BrainReply {
  faults: Fault[];
}

/** A brain that follows a scenario and hands what it does not know to `underneath`. */
export class ScriptedBrain {
  readonly #scenario: Scenario;
  readonly #underneath: Brain;
  readonly #fitted: number[];
  readonly #used: Set<Rule> = new Set();

  constructor(scenario: Scenario, underneath: Brain) {
    this.#scenario = scenario;
    this.#underneath = underneath;
    this.#fitted = scenario.rules.map(() => 0);
  }

  /** Positions of rules no request has used. */
  get unused(): number[] {
    return this.#scenario.rules.flatMap((rule, index) => (this.#used.has(rule) ? [] : [index]));
  }

  reply(request: MessagesRequest): ScriptedReply {
    const rule = this.#ruleFor(request);
    if (rule !== undefined) return scripted(rule);
    if (this.#scenario.strict) {
      const said = newestUserText(request).slice(0, 80);
      throw new ApiError(
        'invalid_request_error',
        `no rule of the scenario fits this request (user: ${JSON.stringify(said)})`,
      );
    }
    return { ...this.#underneath(request), faults: [] };
  }

  #ruleFor(request: MessagesRequest): Rule | undefined {
    let chosen: Rule | undefined;
    for (const [index, rule] of this.#scenario.rules.entries()) {
      if (!fits(rule, request)) continue;
      const count = (this.#fitted[index] ?? 0) + 1;
      this.#fitted[index] = count;
      if (chosen === undefined && (rule.match.nth === undefined || rule.match.nth === count)) chosen = rule;
    }
    if (chosen !== undefined) this.#used.add(chosen);
    return chosen;
  }
}

function scripted({ reply }: Rule): ScriptedReply {
  const { text, json, toolUse = [], thinking, stopReason, usage, faults = [] } = reply;
  const tools = Array.isArray(toolUse) ? toolUse : [toolUse];
  return {
    content: [
      ...(thinking === undefined ? [] : [{ type: 'thinking' as const, thinking, signature: 'sim' }]),
      ...(text === undefined ? [] : [{ type: 'text' as const, text }]),
      ...(json === undefined ? [] : [{ type: 'text' as const, text: JSON.stringify(json) }]),
      ...tools.map((tool) => ({ type: 'tool_use' as const, ...tool })),
    ],
    stopReason,
    inputTokens: usage?.inputTokens,
    outputTokens: usage?.outputTokens,
    faults,
  };
}

function fits({ match }: Rule, request: MessagesRequest): boolean {
  const { system, user, tool } = match;
  if (system !== undefined && !matches(system, textOf(request.system ?? ''))) return false;
  if (user !== undefined && !matches(user, newestUserText(request))) return false;
  return tool === undefined || (request.tools ?? []).some(({ name }) => matches(tool, name));
}

function newestUserText({ messages }: MessagesRequest): string {
  return textOf(messages.findLast(({ role }) => role === 'user')?.content ?? '');
}

function textOf(content: string | readonly { type: string; text?: unknown; content?: unknown }[]): string {
  if (typeof content === 'string') return content;
  return content
    .map((block) =>
      typeof block.text === 'string' ? block.text : block.content === undefined ? '' : JSON.stringify(block.content),
    )
    .join('\n');
}

const REGEXP = /^\/(.+)\/([a-z]*)$/s;

function matches(pattern: string, text: string): boolean {
  const [, source, flags] = REGEXP.exec(pattern) ?? [];
  return source === undefined ? text.includes(pattern) : new RegExp(source, flags).test(text);
}

function isPattern(pattern: string): boolean {
  try {
    matches(pattern, '');
    return true;
  } catch {
    return false;
  }
}
