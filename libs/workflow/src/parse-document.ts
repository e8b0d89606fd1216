import type { Json } from '@parley/contracts';
import { type Document, parseAllDocuments, type YAMLError } from 'yaml';
import type { FileProblem, FileProblemCode } from './file-problem.ts';
import { jsonFault } from './json-fault.ts';
import { Places } from './places.ts';
import { MAX_DEPTH, yamlValue } from './yaml-value.ts';

/** A file as data, and where each part of it stands. */
export interface ParsedDocument {
  /** What the file says; undefined when something of it could not be read. */
  readonly value: Json | undefined;
  readonly places: Places;
  readonly problems: readonly FileProblem[];
}

/** Largest workflow file, in bytes; what a request to the conductor can hold. */
export const MAX_FILE_BYTES = 1_000_000;

/** Reads the part of YAML that says the same to everybody, and is JSON: no anchors, tags, directives, second documents or names that are not texts. */
export function parseDocument(text: string, file: string): ParsedDocument {
  const places = new Places(text);
  const problems: FileProblem[] = [];
  let isWhole = true;
  const add = (offset: number, code: FileProblemCode, message: string, field = ''): void => {
    problems.push({ file, ...places.at(offset), field, code, message });
  };
  const lost: typeof add = (...problem) => {
    isWhole = false;
    add(...problem);
  };
  const end = (value?: Json): ParsedDocument => ({ value: isWhole ? value : undefined, places, problems });

  const fault = textFault(text);
  if (fault !== undefined) {
    add(0, fault.code, fault.message);
    return end();
  }
  const isJson = file.endsWith('.json');
  const documents = documentsIn(text, places);
  if (documents === undefined) {
    add(0, 'limit_exceeded', `the file nests deeper than ${MAX_DEPTH} levels; take inner parts out`);
    return end();
  }
  const [document, second] = documents;
  const noJson = isJson ? jsonFault(text) : undefined;
  if (noJson !== undefined) {
    add(noJson.offset, 'json_invalid', noJson.message);
    return end();
  }
  if (document === undefined || document.contents === null) {
    add(0, 'workflow_empty', 'the file is empty; give a workflow with name and root');
    return end();
  }
  if (second !== undefined) {
    const begins = text.lastIndexOf('\n---', second.range[0]) + 1;
    add(begins, 'yaml_unsupported', 'a second document begins here; put each workflow into a file of its own');
  }
  if (document.directives.yaml.explicit || Object.keys(document.directives.tags).length > 1) {
    add(0, 'yaml_unsupported', 'directives (%YAML, %TAG) are not read; take them out');
  }
  for (const { code, pos, message } of document.errors) {
    const told = syntaxFault(code, message, isJson);
    if (told !== undefined) lost(pos[0], told.code, told.message);
  }
  return end(yamlValue(document.contents, { places, isJson, ambiguous: add, lost }));
}

function textFault(text: string): { code: FileProblemCode; message: string } | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_FILE_BYTES) {
    return { code: 'limit_exceeded', message: `the file has ${bytes} bytes; the most is ${MAX_FILE_BYTES}` };
  }
  if (text.startsWith('\u{feff}') || !text.isWellFormed() || text.includes('\u{fffd}') || text.includes('\0')) {
    const message = 'the file is not plain UTF-8 text without a byte order mark; save it as that';
    return { code: 'encoding_invalid', message };
  }
  return undefined;
}

/** Undefined when it nests too deep: the parser descends by recursion. */
function documentsIn(text: string, { lines }: Places): Document.Parsed[] | undefined {
  try {
    return [...parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, version: '1.2' })];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function syntaxFault(
  code: YAMLError['code'],
  message: string,
  isJson: boolean,
): { code: FileProblemCode; message: string } | undefined {
  if (code === 'DUPLICATE_KEY') {
    const twice = 'this name stands here for the second time; keep one of the two';
    return { code: isJson ? 'key_duplicate' : 'yaml_unsupported', message: twice };
  }
  // What is JSON is read, whatever YAML has against it.
  if (isJson) return undefined;
  if (code === 'TAB_AS_INDENT') {
    return { code: 'yaml_unsupported', message: 'a tab is no indentation in YAML; indent with spaces' };
  }
  return { code: 'yaml_invalid', message: `no YAML: ${message}` };
}
