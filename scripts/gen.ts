import { writeFileSync } from 'node:fs';
import { subjectsDocument } from '@parley/contracts';

/** Writes every generated file. */
const SUBJECTS = new URL('../libs/contracts/SUBJECTS.md', import.meta.url);
writeFileSync(SUBJECTS, subjectsDocument());
process.stdout.write('libs/contracts/SUBJECTS.md\n');
