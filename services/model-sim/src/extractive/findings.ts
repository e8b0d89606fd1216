import type { Conversation } from './conversation.ts';
import { type Evidence, type Judgement, type Scored, withoutRepetition } from './evidence.ts';
import { checksIn, type EarlierAnswer, earlierAnswers, isObject, type Scalar } from './passages.ts';
import { splitQuestion } from './questions.ts';

/** What is known when an answer is due: the question, its parts and what the material says about them. */
export interface Findings {
  question: string;
  /** One judgement per part of the question. */
  parts: Judgement[];
  answered: boolean;
  confidence: number;
  /** Answering sentences of all parts, the best of each part first. */
  best: Scored[];
  /** Whether what was to be checked holds: every reported check, or nothing claimed and nothing to refute. */
  passes: boolean;
  /** Whether there was any material to answer from. */
  material: boolean;
  /** Top-level scalar fields of the user's data. */
  given: Readonly<Record<string, Scalar>>;
}

/** Judges every part of the question against the evidence. */
export function findingsOf(conversation: Conversation, evidence: Evidence): Findings {
  const { question, data, exchanges } = conversation;
  const earlier = data.flatMap(earlierAnswers).filter((report) => report.question !== question);
  const parts = earlier.length > 0 ? judgeEarlier(earlier, evidence) : judgeParts(question, evidence);
  const answered = parts.some((part) => part.answered);
  const checks = [...exchanges.map(({ result }) => result), ...data].flatMap(checksIn);
  const claimsNothing = evidence.empty && data.some((value) => isObject(value) && value['answered'] === false);
  return {
    question,
    parts,
    answered,
    confidence: answered
      ? average(parts.filter((part) => part.answered).map((part) => part.confidence))
      : Math.max(0, ...parts.map((part) => part.confidence)),
    best: interleave(parts.map((part) => part.best)),
    passes: checks.length > 0 ? checks.every(Boolean) : answered || claimsNothing,
    material: !evidence.empty,
    given: givenScalars(data),
  };
}

/** The findings for one question of several, within the same conversation. */
export function narrowed(findings: Findings, question: string, evidence: Evidence): Findings {
  const parts = judgeParts(question, evidence);
  const answered = parts.some((part) => part.answered);
  const confidence = Math.max(0, ...parts.map((part) => part.confidence));
  return { ...findings, question, parts, answered, confidence, best: interleave(parts.map((part) => part.best)) };
}

function judgeParts(question: string, evidence: Evidence): Judgement[] {
  return splitQuestion(question).map((part) => evidence.judge(part));
}

/** Where earlier steps took the question apart, theirs are the parts; what one left open stays open. */
function judgeEarlier(earlier: readonly EarlierAnswer[], evidence: Evidence): Judgement[] {
  const byQuestion = new Map(earlier.map(({ question, answered }) => [question, answered]));
  return [...byQuestion].map(([question, answered]) => {
    const judgement = evidence.judge(question);
    return answered ? judgement : { ...judgement, answered: false, best: [] };
  });
}

function interleave(lists: readonly (readonly Scored[])[]): Scored[] {
  const merged = new Map<string, Scored>();
  const longest = Math.max(0, ...lists.map((list) => list.length));
  for (let index = 0; index < longest; index += 1) {
    for (const list of lists) {
      const scored = list[index];
      if (scored !== undefined && !merged.has(scored.quotable.text)) merged.set(scored.quotable.text, scored);
    }
  }
  return withoutRepetition([...merged.values()]);
}

function average(numbers: readonly number[]): number {
  return Math.round((100 * numbers.reduce((sum, n) => sum + n, 0)) / Math.max(1, numbers.length)) / 100;
}

function givenScalars(data: readonly unknown[]): Record<string, Scalar> {
  const entries = data.flatMap((value) => (isObject(value) ? Object.entries(value) : []));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, Scalar] => ['string', 'number', 'boolean'].includes(typeof entry[1])),
  );
}
