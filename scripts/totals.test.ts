import { expect, test } from 'vitest';
import { closingLine, reportTotals, sumTotals, type VitestReport } from './totals.ts';

const report = (part: Partial<VitestReport>): VitestReport => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...part,
});

test('tests are counted as the report says, and todo counts as skipped', () => {
  const counted = reportTotals(
    report({ numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 }),
    1,
  );
  expect(counted).toEqual({ passed: 5, failed: 1, skipped: 3 });
});

test('a file that could not be loaded is a failure although none of its tests failed', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
    { status: 'passed', assertionResults: [{ status: 'passed' }] },
  ];
  expect(reportTotals(report({ numPassedTests: 1, numFailedTests: 1, testResults }), 1).failed).toBe(2);
});

test('a run that fails outside of its tests, or leaves no report, is never counted as success', () => {
  expect(reportTotals(report({ numPassedTests: 3 }), 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
  expect(reportTotals(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('the closing line sums all runs and names skipped tests only when there are any', () => {
  const sum = sumTotals([
    { passed: 2, failed: 0, skipped: 0 },
    { passed: 3, failed: 1, skipped: 0 },
  ]);
  expect(closingLine(sum)).toBe('5 passed, 1 failed');
  expect(closingLine({ ...sum, skipped: 4 })).toBe('5 passed, 1 failed, 4 skipped');
});
