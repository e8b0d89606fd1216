import { handoffText } from './handoff-text.ts';
import { waitingText } from './work-item-text.ts';
import { awardText, usageText } from '../run/progress.ts';
import type { RunReport } from '../run/read-run.ts';

const MARK: Record<string, string> = { completed: '✓', failed: '✗', cancelled: '–', running: '…', waiting: '·' };

/** A run as people read it: its head, the tree of its nodes with who did what and why, then its outcome. */
export function runTree(report: RunReport): string {
  const { run, awards } = report;
  const took = ((run.updatedAt - run.startedAt) / 1_000).toFixed(1);
  const lines = [
    `${run.run}  ${run.workflow}  ${run.status}`,
    `started ${new Date(run.startedAt).toISOString()}, ${took} s, ${run.decisions} decisions, ${usageText(run.usage)}`,
    '',
  ];
  for (const node of run.nodes) {
    const depth = node.path.split('.').length - 1;
    const attempts = node.attempts > 1 ? `, ${node.attempts} attempts` : '';
    const hops = node.hops === undefined ? '' : `, ${node.hops} ${node.hops === 1 ? 'handoff' : 'handoffs'}`;
    const agent = node.cached ? ' (done before)' : node.agent === undefined ? '' : ` by ${node.agent}`;
    const indent = '  '.repeat(depth);
    lines.push(
      `${indent}${MARK[node.status] ?? '·'} ${node.id} (${node.kind}) ${node.status}${agent}${attempts}${hops}`,
    );
    for (const note of node.notes ?? []) lines.push(`${indent}    ${note}`);
    if (node.approval !== undefined) lines.push(`${indent}    ${node.approval.approval} ${waitingText(node.approval)}`);
    for (const award of awards.filter(({ path }) => path === node.path)) {
      const context = handoffText(award.context);
      const told = context === '' ? '' : `; ${context}`;
      lines.push(`${indent}    attempt ${award.attempt}: ${awardText(award.agent, award.reasons)}${told}`);
    }
  }
  if (run.error !== undefined) lines.push('', `error ${run.error.code}: ${run.error.message}`);
  if (run.output !== undefined) lines.push('', JSON.stringify(run.output, null, 2));
  return lines.join('\n');
}
