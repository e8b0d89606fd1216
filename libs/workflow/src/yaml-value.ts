import type { Json } from '@parley/contracts';
import { isAlias, isMap, isScalar, isSeq, type Node, type ParsedNode, type Pair } from 'yaml';
import type { FileProblemCode } from './file-problem.ts';
import type { Places } from './places.ts';

type Tell = (offset: number, code: FileProblemCode, message: string, field: string) => void;

export interface Reading {
  readonly places: Places;
  readonly isJson: boolean;
  /** Something is not to be written like this, though it is clear what it means. */
  readonly ambiguous: Tell;
  /** Something is not in the value. */
  readonly lost: Tell;
}

/** Deepest nesting of a file, in levels of JSON. */
export const MAX_DEPTH = 500;

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** What YAML 1.1, which many tools still read, takes for a boolean, and YAML 1.2 for a text. */
const AMBIGUOUS = /^(?:y|n|yes|no|on|off)$/i;

/** What a node says as JSON, noting where each part of it stands. */
export function yamlValue(node: Node | ParsedNode | null, reading: Reading, pointer = '', key?: number): Json {
  if (node === null) return null;
  const { places, ambiguous, lost } = reading;
  places.note(pointer, node, key);
  const offset = node.range?.[0] ?? 0;
  const refuse = (message: string, code: FileProblemCode = 'yaml_unsupported'): null => {
    lost(offset, code, message, pointer);
    return null;
  };
  if (pointer.split('/').length > MAX_DEPTH) {
    return refuse(`the file nests deeper than ${MAX_DEPTH} levels; take inner parts out`, 'limit_exceeded');
  }
  if (isAlias(node)) return refuse(`aliases (*${node.source}) are not read; write the value out`);
  if (node.tag !== undefined) return refuse(`tags (${node.tag}) are not read; take it out`);
  if ('anchor' in node && node.anchor !== undefined) {
    ambiguous(offset, 'yaml_unsupported', `anchors (&${String(node.anchor)}) are not read; take it out`, pointer);
  }
  if (isScalar(node)) {
    const plain = node.type === 'PLAIN' && !reading.isJson ? node.source : undefined;
    if (plain !== undefined && typeof node.value === 'string' && AMBIGUOUS.test(plain)) {
      const message = `${plain} means true or false to some readers of YAML and a text to others; write true, false or "${plain}"`;
      ambiguous(offset, 'yaml_unsupported', message, pointer);
    }
    return scalarValue(node.value, plain, refuse);
  }
  if (isSeq<ParsedNode>(node)) return node.items.map((item, i) => yamlValue(item, reading, `${pointer}/${i}`));
  if (!isMap<ParsedNode, ParsedNode | null>(node)) return refuse('this is no list, map, text, number, boolean or null');
  const members: { [key: string]: Json } = {};
  for (const pair of node.items) {
    const at = pair.key.range[0];
    const name = nameOf(pair);
    if (typeof name !== 'string') {
      lost(at, name.code, name.message, pointer);
      continue;
    }
    const member = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    members[name] = yamlValue(pair.value, reading, member, at);
  }
  return members;
}

function nameOf({ key }: Pair<ParsedNode, ParsedNode | null>): string | { code: FileProblemCode; message: string } {
  if (!isScalar(key) || typeof key.value !== 'string') {
    return { code: 'yaml_unsupported', message: 'a name is a text: put it in quotes' };
  }
  if (FORBIDDEN.has(key.value)) {
    return { code: 'key_forbidden', message: `the name ${key.value} is not allowed; choose another` };
  }
  if (key.value === '<<' && key.type === 'PLAIN') {
    return { code: 'yaml_unsupported', message: 'merging (<<) is not read; write the members out' };
  }
  return key.value;
}

/** `plain`: the value as it is written, when it has no quotes. */
function scalarValue(value: unknown, plain: string | undefined, refuse: (message: string) => null): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value !== 'number') return refuse(`${plain ?? 'this'} is no value of JSON; put it in quotes`);
  if (!Number.isFinite(value)) return refuse(`${plain ?? value} is no number of JSON; write a finite one`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return refuse(`${plain ?? value} is too large to be kept exactly; put it in quotes`);
  }
  return value;
}
