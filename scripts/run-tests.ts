import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportTotals, type Totals, type VitestReport } from './totals.ts';

/**
 * Runs the given vitest projects, shows vitest's own report and returns the counted tests. A run that breaks outside its
 * tests (global setup, unhandled rejection, no report at all) counts as one failure.
 */
export async function runTests(projects: string[], extraArgs: string[] = []): Promise<Totals> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-report-'));
  const file = join(folder, 'report.json');
  try {
    const code = await vitest([
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...extraArgs,
    ]);
    const report = await readFile(file, 'utf8').then(
      (text) => JSON.parse(text) as VitestReport,
      () => undefined,
    );
    return reportTotals(report, code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function vitest(args: string[]): Promise<number> {
  return await new Promise((resolve, reject) => {
    const child = spawn('vitest', args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
