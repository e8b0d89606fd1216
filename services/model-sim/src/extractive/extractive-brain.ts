import type { Brain, BrainReply } from '../brain.ts';
import type { MessagesRequest, Tool } from '../request.ts';
import { readConversation } from './conversation.ts';
import { Evidence } from './evidence.ts';
import { Filler, type Place } from './fill.ts';
import { findingsOf } from './findings.ts';
import { answerText } from './scalars.ts';
import { forcedCall, type ToolCall, usefulCalls } from './tool-calls.ts';

export interface ExtractiveOptions {
  /** What is said when the material has no answer. */
  notFound?: string;
  /** Turns with tool calls before an answer is due. */
  maxToolTurns?: number;
}

export const NOT_FOUND = 'The documents do not answer this.';
const MAX_TOOL_TURNS = 4;

/**
 * Answers without a model: it calls the tools that help, ranks the sentences of what they return by the question's terms and
 * fills what is asked for with them. Every sentence it gives stands verbatim in the material; the same request always gets
 * the same answer.
 */
export function createExtractiveBrain({
  notFound = NOT_FOUND,
  maxToolTurns = MAX_TOOL_TURNS,
}: ExtractiveOptions = {}): Brain {
  return (request) => {
    const conversation = readConversation(request);
    const evidence = new Evidence(conversation.passages);
    const findings = findingsOf(conversation, evidence);
    const place: Place = { findings, scored: undefined, position: undefined, notFound };

    const choice = request.tool_choice ?? { type: 'auto' };
    const tools =
      choice.type === 'none'
        ? []
        : choice.type === 'tool'
          ? (request.tools ?? []).filter(({ name }) => name === choice.name)
          : (request.tools ?? []);
    const calls = conversation.toolTurns < maxToolTurns ? usefulCalls(tools, conversation, evidence, place) : [];
    const forced = choice.type === 'any' || choice.type === 'tool' ? tools[0] : undefined;
    if (calls.length > 0) return toolReply(calls, request);
    if (forced !== undefined)
      return toolReply([forcedCall(mostUseful(tools, forced), conversation, evidence, place)], request);

    const format = request.output_config?.format;
    if (format) return textReply(JSON.stringify(new Filler(format.schema, evidence).fill(place)));
    return textReply(findings.answered ? answerText(findings.best) : notFound);
  };
}

function toolReply(calls: readonly ToolCall[], { tool_choice: choice }: MessagesRequest): BrainReply {
  const serial =
    choice !== undefined && 'disable_parallel_tool_use' in choice && choice.disable_parallel_tool_use === true;
  const content = (serial ? calls.slice(0, 1) : calls).map((call) => ({ type: 'tool_use' as const, ...call }));
  return { content, stopReason: 'tool_use' };
}

const textReply = (text: string): BrainReply => ({ content: [{ type: 'text', text }], stopReason: 'end_turn' });

/** Among tools of which one must be called, the one that takes an answer rather than a search. */
function mostUseful(tools: readonly Tool[], first: Tool): Tool {
  return tools.find(({ name }) => /answer|submit|final|result|report|respond/i.test(name)) ?? first;
}
