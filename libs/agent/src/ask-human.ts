import { HumanAnswer, HumanRequest, type Json } from '@parley/contracts';
import { z } from 'zod';
import { TerminalError } from './errors.ts';
import { issueText } from './issue-text.ts';
import { requestDigest } from './journal-cursor.ts';
import type { Performance } from './performance.ts';

/** Who is asked, and for how long. */
export interface AskedPeople {
  /** Who may decide; anyone when left out. Where they are listed, whoever started the run is not one of them. */
  readonly approvers?: readonly string[];
  /** Default seven days. */
  readonly expiresMs?: number;
}

export interface QuestionOptions<S extends z.ZodType = z.ZodType> extends AskedPeople {
  readonly question: string;
  /** What belongs to the question, for whoever answers. */
  readonly detail?: Json;
  /** One of these. */
  readonly options?: readonly string[];
  /** What an answer has to be. */
  readonly schema?: S;
  /** The answer when nobody gave one in time; without it the task fails as `question_expired`. */
  readonly fallback?: Json;
}

export interface ApprovalOptions extends AskedPeople {
  readonly title?: string;
  /** Different people who must approve; default 1. */
  readonly quorum?: number;
}

/** What people said to an action. What is done is `action`, as they approved it. */
export interface Approval<A extends Json = Json> {
  readonly approved: boolean;
  readonly action: A;
  readonly by: readonly string[];
  readonly edited: boolean;
  readonly reason: string | null;
}

/** Ends the attempt: people are asked. The task goes on in a later attempt, with the same journal and their answer. */
export class HumanAsked extends Error {
  override readonly name = 'HumanAsked';
  readonly request: HumanRequest;

  constructor(request: HumanRequest) {
    super(`people are asked: ${request.title}`);
    this.request = request;
  }
}

/** A question to people, with options, or with a schema that its answer fits. */
export interface AskHuman {
  <const O extends string>(
    name: string,
    options: Omit<QuestionOptions, 'schema' | 'options'> & { readonly options: readonly O[] },
  ): Promise<O>;
  <S extends z.ZodType = z.ZodType<Json>>(name: string, options: QuestionOptions<S>): Promise<z.output<S>>;
}

/** Throws `TerminalError` `question_rejected` when nobody wants to answer, `answer_invalid` when the answer does not fit the schema. */
export async function askHuman<S extends z.ZodType = z.ZodType<Json>>(
  performance: Performance,
  name: string,
  { question, detail = null, options, schema, fallback, ...people }: QuestionOptions<S>,
): Promise<z.output<S>> {
  if (fallback !== undefined && options !== undefined && !options.some((option) => option === fallback))
    throw new TerminalError('question_invalid', `the fallback of ${name} is none of its options`);
  const { outcome, value, by, reason } = await asked(performance, {
    name,
    ask: 'answer',
    title: question,
    action: detail,
    ...(options === undefined ? {} : { options: [...options] }),
    ...(schema === undefined ? {} : { schema: schemaOf(schema) }),
    ...(fallback === undefined ? {} : { fallback }),
    ...of(people),
  });
  if (outcome === 'rejected')
    throw new TerminalError(
      'question_rejected',
      `${by.join(', ')} did not answer ${name}: ${reason ?? 'no reason given'}`,
    );
  if (schema === undefined) return value as z.output<S>;
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new TerminalError('answer_invalid', `the answer to ${name}: ${issueText(parsed.error)}`, {
      cause: parsed.error,
    });
  return parsed.data;
}

/** Asks people to approve exactly this action. Do what comes back, not what was asked: they may have edited it. */
export async function approve<A extends Json>(
  performance: Performance,
  name: string,
  action: A,
  { title = name, quorum, ...people }: ApprovalOptions = {},
): Promise<Approval<A>> {
  const { outcome, value, by, edited, reason } = await asked(performance, {
    name,
    ask: 'approval',
    title,
    action,
    ...(quorum === undefined ? {} : { quorum }),
    ...of(people),
  });
  return { approved: outcome === 'approved', action: value as A, by, edited, reason };
}

/** A journaled step: once people have answered, every later delivery gets the same answer. */
async function asked(
  performance: Performance,
  wanted: Omit<z.input<typeof HumanRequest>, 'request'>,
): Promise<HumanAnswer> {
  const digest = requestDigest(wanted);
  const parsed = HumanRequest.safeParse({ ...wanted, request: digest });
  if (!parsed.success) throw new TerminalError('question_invalid', issueText(parsed.error), { cause: parsed.error });
  const request = parsed.data;
  const step = { kind: 'step', name: wanted.name, request: digest } as const;
  const answer = await performance.exchange(step, async () => ({ result: performance.people(request) as Json }));
  return HumanAnswer.parse(answer);
}

const of = ({ approvers, expiresMs }: AskedPeople) => ({
  ...(approvers === undefined ? {} : { approvers: [...approvers] }),
  ...(expiresMs === undefined ? {} : { expiresMs }),
});

/** As plain JSON: it is hashed and travels. */
const schemaOf = (schema: z.ZodType): Record<string, Json> =>
  JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))) as Record<string, Json>;
