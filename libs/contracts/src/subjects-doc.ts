import { messageTypes } from './define-message.ts';
import { BUCKETS, type BucketDeclaration, STREAMS, type StreamDeclaration } from './streams.ts';
import { HEADER } from './headers.ts';

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const age = (ms: number): string =>
  ms === 0 ? 'kept' : ms % 86_400_000 === 0 ? `${ms / 86_400_000} d` : `${ms / 1_000} s`;

function flags(stream: StreamDeclaration): string {
  const on = [
    stream.allowSchedules === true ? 'schedules' : undefined,
    stream.allowTtl === true ? 'message TTL' : undefined,
    stream.denyDelete === true ? 'no delete' : undefined,
    stream.maxPerSubject === undefined ? undefined : `${stream.maxPerSubject} per subject`,
  ].filter((flag) => flag !== undefined);
  return on.length === 0 ? '—' : on.join(', ');
}

/** The text of `SUBJECTS.md`: every subject, stream and bucket, from the declarations. */
export function subjectsDocument(): string {
  const messages = messageTypes()
    .toSorted((a, b) => (a.subject < b.subject ? -1 : 1))
    .map((m) => [
      `\`${m.subject}\``,
      m.delivery === 'core' || m.delivery === 'request' ? m.delivery : `stream ${m.delivery}`,
      m.performative ?? '—',
      m.from.join(', ') || 'server',
      m.to.join(', ') || '—',
      m.why,
    ]);
  const streams = Object.entries(STREAMS as Record<string, StreamDeclaration>).map(([name, s]) => [
    name,
    s.subjects.map((subject) => `\`${subject}\``).join('<br>'),
    s.retention,
    age(s.maxAgeMs),
    `${s.duplicateWindowMs / 1_000} s`,
    flags(s),
    s.why,
  ]);
  const buckets = Object.entries(BUCKETS as Record<string, BucketDeclaration>).map(([name, b]) => [name, b.why]);
  return `# Subjects

Generated from the declarations in \`src/\` by \`npm run gen\`; a test fails when it is stale. Every \`{token}\` matches \`[A-Za-z0-9_-]{1,128}\`.

## Messages

${table(['subject', 'delivery', 'performative', 'from', 'to', 'why'], messages)}

## Streams

${table(['stream', 'subjects', 'retention', 'age', 'dedupe window', 'flags', 'why'], streams)}

## Key-value buckets

${table(['bucket', 'why'], buckets)}

## Headers

${Object.values(HEADER)
  .map((name) => `\`${name}\``)
  .join(', ')}
`;
}
