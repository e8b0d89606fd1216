const MARK = /<!--|<(script|style)\b|<(\/?)([a-z][a-z0-9-]*)/gi;
const DEEPEST = 1_000;

/** Elements that a parser closes by itself, so that their number says nothing about nesting. */
const UNNESTED = new Set(
  'area base br col embed hr img input link meta param source track wbr p li dt dd td th tr thead tbody tfoot option optgroup'.split(
    ' ',
  ),
);

/**
 * The source with comments blanked out (offsets and line breaks stay), fit for the parser: its time grows with the square of
 * unclosed comments and of nesting. Throws when elements nest deeper than 1,000.
 */
export function parserSource(source: string): string {
  const kept: string[] = [];
  let from = 0;
  let depth = 0;
  const mark = new RegExp(MARK);
  for (let found = mark.exec(source); found !== null; found = mark.exec(source)) {
    const [text, raw, closing, name] = found;
    if (text === '<!--') {
      const end = source.indexOf('-->', found.index + 4);
      const after = end === -1 ? source.length : end + 3;
      kept.push(source.slice(from, found.index), source.slice(found.index, after).replaceAll(/[^\r\n]/g, ' '));
      from = mark.lastIndex = after;
    } else if (raw !== undefined) {
      const end = new RegExp(`</${raw}`, 'gi');
      end.lastIndex = mark.lastIndex;
      mark.lastIndex = end.exec(source) === null ? source.length : end.lastIndex;
    } else if (name !== undefined && !UNNESTED.has(name.toLowerCase())) {
      depth = closing === '/' ? Math.max(0, depth - 1) : depth + 1;
      if (depth > DEEPEST) throw new RangeError(`elements nest deeper than ${DEEPEST}`);
    }
  }
  return kept.length === 0 ? source : kept.join('') + source.slice(from);
}
