export * from './file-problem.ts';
export { MAX_FILE_BYTES } from './parse-document.ts';
export * from './read-workflow.ts';
export { type Known, unknownNames } from './known-names.ts';
export * from './builder.ts';
export { type Crew, crew } from './crew.ts';
export { type Sop, sop } from './sop.ts';
export { toYaml, SCHEMA_LINE } from './to-yaml.ts';
export { editorSchemaFile } from './editor-schema.ts';
