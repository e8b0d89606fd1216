import { isScalar, LineCounter, type Node } from 'yaml';

export interface Position {
  line: number;
  column: number;
}

/** Where things of a file stand, by JSON Pointer. */
export class Places {
  readonly lines = new LineCounter();
  readonly #text: string;
  readonly #values = new Map<string, Node>();
  readonly #keys = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
  }

  note(pointer: string, value: Node, key?: number): void {
    this.#values.set(pointer, value);
    if (key !== undefined) this.#keys.set(pointer, key);
  }

  at(offset: number): Position {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /** The name of a member. */
  ofKey(pointer: string): Position {
    const key = this.#keys.get(pointer);
    return key === undefined ? this.ofValue(pointer) : this.at(key);
  }

  /** A value, or the character `offset` of a text. What is not in the file is where it would stand: in the nearest thing around it. */
  ofValue(pointer: string, offset?: number): Position {
    for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const node = this.#values.get(at);
      if (node?.range)
        return this.at(at === pointer && offset !== undefined ? this.#inText(node, offset) : node.range[0]);
      if (at === '') return { line: 1, column: 1 };
    }
  }

  /** What stands there as it is written, when it is a value without quotes. */
  plainText(pointer: string): string | undefined {
    const node = this.#values.get(pointer);
    return isScalar(node) && node.type === 'PLAIN' ? node.source : undefined;
  }

  /** Where character `offset` of a text stands in the file: quotes, indentation and line folding make them differ. */
  #inText(node: Node, offset: number): number {
    const [start, end] = node.range ?? [0, 0];
    if (!isScalar(node) || typeof node.value !== 'string') return start;
    const value = node.value;
    let at = start;
    if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED') at = this.#text.indexOf('\n', start) + 1;
    else if (node.type !== 'PLAIN') at += 1;
    for (let i = 0; i < offset; i++) {
      const [inValue = '', inFile = ''] = [value[i], this.#text[at]];
      if (inValue === inFile || (isSpace(inValue) && isSpace(inFile))) at += 1;
      else if (isSpace(inFile) && at < end) {
        at += 1;
        i -= 1;
      } else if (inFile === '\\' || (inFile === "'" && inValue === "'")) at += 2;
      else return start;
    }
    while (isSpace(this.#text[at] ?? '') && !isSpace(value[offset] ?? ' ')) at += 1;
    return Math.min(at, end);
  }
}

const isSpace = (character: string): boolean =>
  character === ' ' || character === '\n' || character === '\t' || character === '\r';
