import type { Citation, Corpus } from '@parley/corpus';

type Source = Pick<Corpus, 'verifyCitations' | 'readPassage'>;

const NEAR_LINES = 10;

/**
 * The citation as it really stands in its file, or undefined when it does not: a wrong line is corrected, and a quote that differs in white
 * space only is replaced by the text of the file.
 */
export function verbatim(source: Source, citation: Citation): Citation | undefined {
  return stand(source, citation) ?? respaced(source, citation);
}

function stand(source: Source, { file, line, quote }: Citation): Citation | undefined {
  const [result] = source.verifyCitations([{ file, line, quote }]).results;
  if (result?.ok === true) return { file, line, quote };
  return result?.foundAt === undefined ? undefined : { file, line: result.foundAt, quote };
}

function respaced(source: Source, { file, line, quote }: Citation): Citation | undefined {
  const words = quote
    .trim()
    .split(/\s+/)
    .map((word) => escaped(word));
  let text: string;
  try {
    text = source.readPassage({ file, line, context: NEAR_LINES }).text;
  } catch {
    return undefined;
  }
  const found = new RegExp(words.join(String.raw`\s+`)).exec(text)?.[0];
  return found === undefined ? undefined : stand(source, { file, line, quote: found });
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
