import { describeStep, runStep, type Step } from './run-step.ts';

const STEPS: Step[] = [
  { name: 'format', command: 'oxfmt', args: ['--check', '.'] },
  { name: 'boundaries', command: 'turbo', args: ['boundaries', '--no-color'] },
  { name: 'types', command: 'tsc', args: ['-p', 'tsconfig.json'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
];

/** Runs format, boundaries, types and lint side by side, prints a line for each, and returns how many failed. */
export async function staticChecks(): Promise<number> {
  const results = await Promise.all(
    STEPS.map(async (step) => {
      const result = await runStep(step);
      console.log(describeStep(result));
      return result;
    }),
  );
  return results.filter((result) => !result.ok).length;
}
