import { runTests } from './run-tests.ts';
import { staticChecks } from './static-checks.ts';
import { closingLine } from './totals.ts';

const failedSteps = await staticChecks();
const unit = await runTests(['unit']);
console.log(closingLine({ ...unit, failed: unit.failed + failedSteps }));
process.exitCode = unit.failed + failedSteps > 0 ? 1 : 0;
