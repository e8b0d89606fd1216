import { expect, test } from 'vitest';
import { table } from './table.ts';

test('columns are as wide as their widest cell and no line ends in spaces', () => {
  expect(
    table([
      ['NAME', 'PID'],
      ['conductor', '12'],
      ['x', ''],
    ]),
  ).toBe('NAME       PID\nconductor  12\nx');
});
