import { type Answers, type Feature, type Features, featuresOf } from './features.ts';
import { type PatternName, type PatternRule, PATTERNS, REASONS } from './pattern-rules.ts';
import { starterFile, type Member, teamOf } from './starter.ts';

export interface Advice {
  readonly pattern: PatternName;
  /** What the pattern is, in a few words. */
  readonly is: string;
  /** What speaks for it, each with the words of the description that say so. */
  readonly because: readonly string[];
  /** What goes around it: a gate for results that have to be checked, an approval where a person has to agree. */
  readonly around: readonly ('gate' | 'approval')[];
  /** The fewest agents that can do it, as capabilities that come with Parley. */
  readonly team: readonly Member[];
  readonly runnerUp: { readonly pattern: PatternName; readonly is: string; readonly preferWhen: string };
  /** A workflow file to start from. */
  readonly file: string;
  readonly features: Features;
}

/** From half a point on, what is asked for is built around the pattern. */
const ENOUGH = 0.5;

/**
 * Recommends how a team should work on a task, by words of its description and what is answered outright. The rules are `features.ts` and `pattern-rules.ts`; no
 * model is asked, and the same description gives the same advice.
 */
export function advise(description: string, answers: Answers = {}): Advice {
  const features = featuresOf(description, answers);
  const ranked = PATTERNS.map((rule) => ({ rule, score: scoreOf(rule, features) })).toSorted(
    (a, b) => b.score - a.score,
  );
  const [best, next] = ranked as [{ rule: PatternRule; score: number }, { rule: PatternRule; score: number }];
  const around: Advice['around'] = [
    ...(features.verification.score >= ENOUGH && best.rule.name !== 'stateMachine' ? (['gate'] as const) : []),
    ...(features.humanSignOff.score >= ENOUGH ? (['approval'] as const) : []),
  ];
  const { name, is } = best.rule;
  return {
    pattern: name,
    is,
    because: reasonsFor(best.rule, features, around),
    around,
    team: teamOf(name, around),
    runnerUp: { pattern: next.rule.name, is: next.rule.is, preferWhen: next.rule.when },
    file: starterFile(name, around, description),
    features,
  };
}

const weightsOf = ({ weights }: PatternRule): [Feature, number][] => Object.entries(weights) as [Feature, number][];

const scoreOf = (rule: PatternRule, features: Features): number =>
  weightsOf(rule).reduce((sum, [feature, weight]) => sum + weight * features[feature].score, rule.base ?? 0);

function reasonsFor(rule: PatternRule, features: Features, around: Advice['around']): string[] {
  const speaking = weightsOf(rule)
    .filter(([feature, weight]) => weight > 0 && features[feature].score > 0)
    .toSorted((a, b) => b[1] * features[b[0]].score - a[1] * features[a[0]].score)
    .map(([feature]) => feature);
  if (around.includes('gate') && !speaking.includes('verification')) speaking.push('verification');
  if (around.includes('approval')) speaking.push('humanSignOff');
  if (speaking.length === 0) return ['nothing in it asks for more than one agent'];
  return speaking.map(
    (feature) => `${REASONS[feature]} (${features[feature].evidence.map((word) => `"${word}"`).join(', ')})`,
  );
}
