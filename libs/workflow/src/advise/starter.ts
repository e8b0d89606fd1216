import { nodeKinds } from '@parley/contracts';
import { yamlText } from '../to-yaml.ts';
import type { PatternName } from './pattern-rules.ts';
import { STARTERS } from './starters.ts';

/** Who is needed, by what they can do; all of these come with Parley. */
export interface Member {
  readonly capability: string;
  readonly does: string;
}

export type Around = readonly ('gate' | 'approval')[];

const JUDGE: Member = { capability: 'judge', does: 'says VALID, or INVALID and why' };

/** The fewest agents that can do it. */
export const teamOf = (pattern: PatternName, around: Around): Member[] => [
  ...STARTERS[pattern].team,
  ...(around.includes('gate') && !STARTERS[pattern].team.some(({ capability }) => capability === 'judge')
    ? [JUDGE]
    : []),
];

/** What stands in the file for a kind of node that this version does not have. */
const STAND_IN: Partial<Record<PatternName, PatternName>> = {
  magentic: 'supervisor',
  blackboard: 'supervisor',
  coalition: 'supervisor',
  supervisor: 'concurrent',
  groupChat: 'sequence',
  stateMachine: 'sequence',
  handoff: 'sequence',
};

/** A workflow file that can be registered as it is, to be changed from there. */
export function starterFile(pattern: PatternName, around: Around, description: string): string {
  const kinds = nodeKinds();
  let shown = pattern;
  while (!STARTERS[shown].kinds.every((kind) => kinds.includes(kind))) shown = STAND_IN[shown] ?? 'task';
  const name = nameOf(description, pattern);
  let root: object = STARTERS[shown].root(description);
  if (around.includes('gate')) root = checked(root);
  const definition = {
    name,
    description: description.trim().slice(0, 2_000),
    inputSchema: { type: 'object', required: ['goal'], properties: { goal: { type: 'string', minLength: 1 } } },
    root,
  };
  const notes = [
    `parley workflows register <this file>; then parley run ${name} --input '{"goal":"…"}' --wait`,
    ...(shown === pattern ? [] : [`this version has no ${pattern}: ${shown} stands in for it`]),
    ...(around.includes('approval') ? ['a person has to agree: put an approval where that is needed'] : []),
  ];
  return `${notes.map((note) => `# ${note}\n`).join('')}${yamlText(definition)}`;
}

const checked = (node: object): object => ({
  kind: 'gate',
  id: 'checked',
  rounds: 2,
  node,
  checks: [
    {
      validator: { capability: 'judge', input: { goal: { $from: '/input/goal' }, candidate: { $from: '/candidate' } } },
    },
  ],
});

const FILLERS = new Set([
  'a',
  'an',
  'the',
  'and',
  'then',
  'of',
  'to',
  'for',
  'in',
  'on',
  'with',
  'our',
  'we',
  'i',
  'it',
  'is',
  'that',
  'please',
  'from',
  'by',
]);

/** The first words that say something. */
function nameOf(description: string, pattern: PatternName): string {
  const words = description.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return (
    words
      .filter((word) => !FILLERS.has(word))
      .slice(0, 4)
      .join('-')
      .slice(0, 60) || `${pattern}-flow`
  );
}
