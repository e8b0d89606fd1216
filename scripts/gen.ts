import { writeFileSync } from 'node:fs';
import { subjectsDocument } from '@parley/contracts';
import { editorSchemaFile } from '@parley/workflow';

/** Writes every generated file. */
const GENERATED: Record<string, () => string> = {
  'libs/contracts/SUBJECTS.md': subjectsDocument,
  'workflows/schema.json': editorSchemaFile,
};
for (const [file, text] of Object.entries(GENERATED)) {
  writeFileSync(new URL(`../${file}`, import.meta.url), text());
  process.stdout.write(`${file}\n`);
}
