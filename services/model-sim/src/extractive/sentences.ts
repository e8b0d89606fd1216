/** A piece of text that can be quoted: exactly `text`, at `offset` of what it was taken from. */
export interface Sentence {
  text: string;
  offset: number;
  kind: 'prose' | 'heading' | 'code' | 'row';
}

interface Block extends Sentence {
  end: number;
}

const FENCE = /^\s*(```|~~~)/;
const HEADING = /^#{1,6}\s+/;
const ROW = /^\s*\|/;
/** List markers, block quotes and the indentation before them. */
const MARKER = /^\s*(?:(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?|>\s?)/;
const TABLE_RULE = /^[\s|:-]+$/;

/** Splits plain text or Markdown into quotable pieces. Every piece is a substring: line breaks inside it stay. */
export function splitSentences(text: string): Sentence[] {
  return blocksOf(text).flatMap((block) =>
    block.kind === 'prose' ? sentencesOf(text, block) : [trimmed(text, block)],
  );
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let fenced = false;
  let offset = 0;
  for (const line of text.split('\n')) {
    const end = offset + line.length;
    const own = (kind: Sentence['kind'], skip = 0): void => {
      blocks.push({ text: '', offset: offset + skip, end, kind });
      open = undefined;
    };
    if (FENCE.test(line)) {
      fenced = !fenced;
      open = undefined;
    } else if (line.trim() === '') open = undefined;
    else if (fenced) own('code');
    else if (HEADING.test(line)) own('heading', HEADING.exec(line)?.[0].length);
    else if (ROW.test(line)) {
      if (TABLE_RULE.test(line)) open = undefined;
      else own('row');
    } else {
      const marker = MARKER.exec(line)?.[0];
      if (open === undefined || marker !== undefined) {
        open = { text: '', offset: offset + (marker?.length ?? 0), end, kind: 'prose' };
        blocks.push(open);
      } else open.end = end;
    }
    offset = end + 1;
  }
  return blocks;
}

const ABBREVIATION = /(?:^|[\s(])(?:e\.g|i\.e|vs|cf|approx|resp|incl|Dr|Mr|Mrs|Ms|Prof|St|No|Fig|Sec|[A-Z])\.$/;
const END = /[.!?]+["'”’)\]*_`]*(?=\s)|[。！？]/g;
const OPENS_SENTENCE = /^["'“‘([*_`<]*[\p{Lu}\p{N}\p{Lo}]/u;

function sentencesOf(text: string, block: Block): Sentence[] {
  const source = text.slice(block.offset, block.end);
  const found: Sentence[] = [];
  let start = 0;
  const take = (end: number): void => {
    const sentence = trimmed(text, { ...block, offset: block.offset + start, end: block.offset + end });
    if (sentence.text !== '') found.push(sentence);
    start = end;
  };
  for (const match of source.matchAll(END)) {
    const end = match.index + match[0].length;
    const cjk = '。！？'.includes(match[0]);
    if (!cjk && ABBREVIATION.test(source.slice(start, match.index + 1))) continue;
    if (cjk || OPENS_SENTENCE.test(source.slice(end).trimStart())) take(end);
  }
  take(source.length);
  return found;
}

function trimmed(text: string, { offset, end, kind }: Block): Sentence {
  const raw = text.slice(offset, end);
  return { text: raw.trim(), offset: offset + raw.length - raw.trimStart().length, kind };
}
