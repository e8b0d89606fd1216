const STOPWORDS = new Set(
  `a about above after again all also am an and any are as at be because been before being below between both but by can
could did do does doing don down during each either else ever few for from further get give had has have having he her here
hers him his how i if in into is it its itself just let may me might more most much must my no nor not now of off on once
only or other our ours out over own please same shall she should so some such tell than that the their theirs them then
there these they this those through to too under until up upon us very was we were what when where whether which while who
whom whose why will with within without would you your yours s t d m ll re ve`.split(/\s+/),
);

const WORD = /[\p{L}\p{N}]+/gu;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/** The searchable terms of a text, in order: lower case, without accents and stop words, lightly stemmed. */
export function terms(text: string): string[] {
  const found: string[] = [];
  // A hump starts a word too: maxDeliver is found by "max deliver".
  const spread = text
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase();
  for (const [word] of spread.matchAll(WORD)) {
    if (UNSPACED.test(word)) found.push(...pairs(word));
    else if (!STOPWORDS.has(word)) found.push(stem(word));
  }
  return found;
}

/** Scripts without spaces between words are indexed by overlapping pairs of characters. */
function pairs(word: string): string[] {
  const characters = Array.from(word);
  if (characters.length < 2) return [word];
  return characters.slice(1).map((character, index) => `${characters[index] ?? ''}${character}`);
}

/** Takes off English plural, -ed, -ing and a final e or y; the same for documents and queries, so it need not give words. */
function stem(word: string): string {
  if (word.length < 4 || /\d/.test(word)) return word;
  let root = word;
  if (root.endsWith('ies') && root.length > 4) root = `${root.slice(0, -3)}y`;
  else if (/(?:ss|sh|ch|x|z)es$/.test(root)) root = root.slice(0, -2);
  else if (/[^su]s$/.test(root)) root = root.slice(0, -1);
  const inflected = /^(.*[aeiouy].*?)(?:ed|ing)$/.exec(root)?.[1];
  if (inflected !== undefined && inflected.length >= 3) root = inflected.replace(/([^aeiouylsz])\1$/, '$1');
  if (root.length > 3 && root.endsWith('e')) return root.slice(0, -1);
  return root.replace(/([^aeiou])y$/, '$1i');
}
