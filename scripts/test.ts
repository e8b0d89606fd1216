import { runTests } from './run-tests.ts';
import { staticChecks } from './static-checks.ts';
import { closingLine, sumTotals, type Totals } from './totals.ts';

// Everything runs even after a failure, so that one run shows all there is to fix. A failed static check counts as one failure.
const failedSteps = await staticChecks();
const totals: Totals[] = [{ passed: 0, failed: failedSteps, skipped: 0 }];
for (const project of ['unit', 'integration', 'e2e', 'examples']) totals.push(await runTests([project]));
const sum = sumTotals(totals);
console.log(closingLine(sum));
process.exitCode = sum.failed > 0 ? 1 : 0;
