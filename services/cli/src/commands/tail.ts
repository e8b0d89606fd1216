import type { Command } from 'commander';
import { abortOnSignals } from '../interrupt.ts';
import { progressText } from '../output/progress-text.ts';
import type { Terminal } from '../output/terminal.ts';
import { createCommand, withTarget } from '../program.ts';
import { followRun, streamEnds } from '../run/follow-run.ts';
import { createProgress, type RunFact, type RunProgress } from '../run/progress.ts';
import { readRun } from '../run/read-run.ts';
import { requireToken, type TargetFlags } from '../target.ts';
import { withBus } from './with-bus.ts';

const SHORT_ID = 8;

/** The facts in one JSON object per line, or as text, until interrupted or until the one run has settled. */
export function tailCommand(terminal: Terminal): Command {
  return withTarget(createCommand('tail'))
    .description('follow one run from its beginning, or all runs from now on; with --json one object per line')
    .argument('[run]', 'run id')
    .action(async (runId: string | undefined, flags: TargetFlags & { json?: true }) => {
      if (runId !== undefined) requireToken('run', runId);
      const signal = abortOnSignals();
      await withBus(flags, async (bus, { namespace }) => {
        if (runId !== undefined) await readRun(bus, namespace, runId);
        const runs = new Map<string, { progress: RunProgress; startedAt: number }>();
        const settled = Promise.withResolvers<void>();
        const interrupted = (): void => settled.reject(signal.reason);
        signal.addEventListener('abort', interrupted, { once: true });

        function onFact(run: string, fact: RunFact): void {
          if (flags.json) terminal.out(JSON.stringify({ run, ...fact }));
          const known = runs.get(run) ?? { progress: createProgress(), startedAt: timeOf(fact) };
          runs.set(run, known);
          const lines = known.progress.apply(fact);
          const prefix = runId === undefined ? `${run.slice(0, SHORT_ID)}  ` : '';
          if (!flags.json)
            for (const line of lines) terminal.out(prefix + progressText(line, known.startedAt, terminal));
          if (known.progress.settled === undefined) return;
          if (runId === undefined) runs.delete(run);
          else settled.resolve();
        }

        const from = runId === undefined ? { from: await streamEnds(bus) } : {};
        await using _following = await followRun({ bus, namespace, runId, onFact, ...from });
        if (runId === undefined) terminal.note('following all runs; Ctrl-C ends');
        await Promise.race([settled.promise, bus.closed]);
      });
    });
}

const timeOf = (fact: RunFact): number => (fact.type === 'decision' ? fact.decision.at : fact.at);
