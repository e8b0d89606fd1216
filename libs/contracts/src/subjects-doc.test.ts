import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import './index.ts';
import { subjectsDocument } from './subjects-doc.ts';

test('SUBJECTS.md is what the declarations say; npm run gen writes it', () => {
  expect(readFileSync(new URL('../SUBJECTS.md', import.meta.url), 'utf8')).toBe(subjectsDocument());
});
