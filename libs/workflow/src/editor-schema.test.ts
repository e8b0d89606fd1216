import { globSync, readFileSync } from 'node:fs';
import { nodeKinds } from '@parley/contracts';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { editorSchemaFile, readWorkflow } from './index.ts';

const FOLDER = new URL('../../../workflows/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, FOLDER), 'utf8');

test('workflows/schema.json is what the definitions say; npm run gen writes it', () => {
  expect(read('schema.json')).toBe(editorSchemaFile());
});

test('every kind of node is in the schema', () => {
  const { $defs } = JSON.parse(read('schema.json')) as { $defs: Record<string, { required: string[] }> };
  for (const kind of nodeKinds()) expect($defs[kind]?.required).toContain('kind');
});

const FILES = globSync(['*.yaml', 'templates/*/workflow.yaml'], { cwd: FOLDER }).toSorted();

test.each(FILES)('%s is good, fits the schema and names it', (file) => {
  const text = read(file);
  readWorkflow(text, file);
  const { oneOf: _oneOf, ...schema } = JSON.parse(editorSchemaFile()) as Parameters<typeof z.fromJSONSchema>[0] &
    object;
  expect(
    z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(parse(text)).error,
  ).toBeUndefined();
  expect(text).toMatch(/^# yaml-language-server: \$schema=(\.\.\/\.\.|\.)\/schema\.json\n/);
});
