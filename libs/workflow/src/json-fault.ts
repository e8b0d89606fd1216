/** One token of JSON and the space before it; the groups: string, other value, punctuation. */
const TOKEN =
  /[ \t\r\n]*(?:("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|([[\]{}:,]))/y;

/** What may come next: a value, a value or the end of a list, a name, a name or the end of a map, a colon, a comma or an end, nothing. */
type Awaited = 'value' | 'entry' | 'name' | 'member' | 'colon' | 'comma' | 'end';

const WANTED: Record<Awaited, string> = {
  value: 'a value',
  entry: 'a value or ]',
  name: 'a name in double quotes',
  member: 'a name in double quotes or }',
  colon: 'a colon',
  comma: 'a comma or the end of what is open',
  end: 'the end of the file',
};

/** Where a text stops being JSON, and what should stand there: `JSON.parse` tells the place of some faults only. */
export function jsonFault(text: string): { offset: number; message: string } | undefined {
  const open: ('[' | '{')[] = [];
  let awaited: Awaited = 'value';
  TOKEN.lastIndex = 0;
  for (let at = 0; ; at = TOKEN.lastIndex) {
    const found = TOKEN.exec(text);
    const [, string, value, punctuation = ''] = found ?? [];
    const next: Awaited | undefined = found === null ? undefined : step(awaited, string, value, punctuation, open);
    if (next === undefined) {
      const offset = at + (/^[ \t\r\n]*/.exec(text.slice(at))?.[0].length ?? 0);
      if (offset === text.length && awaited === 'end') return undefined;
      const what =
        offset === text.length ? 'the file ends' : `here stands ${JSON.stringify(text.slice(offset, offset + 12))}`;
      return { offset, message: `no JSON: ${what} where ${WANTED[awaited]} should stand` };
    }
    awaited = next;
  }
}

function step(
  awaited: Awaited,
  string: string | undefined,
  value: string | undefined,
  mark: string,
  open: ('[' | '{')[],
): Awaited | undefined {
  const closed = (): Awaited => (open.length === 0 ? 'end' : 'comma');
  const inner = open.at(-1);
  if (
    (mark === ']' && inner === '[' && (awaited === 'entry' || awaited === 'comma')) ||
    (mark === '}' && inner === '{' && (awaited === 'member' || awaited === 'comma'))
  ) {
    open.pop();
    return closed();
  }
  switch (awaited) {
    case 'value':
    case 'entry':
      if (string !== undefined || value !== undefined) return closed();
      if (mark !== '[' && mark !== '{') return undefined;
      open.push(mark);
      return mark === '[' ? 'entry' : 'member';
    case 'name':
    case 'member':
      return string === undefined ? undefined : 'colon';
    case 'colon':
      return mark === ':' ? 'value' : undefined;
    case 'comma':
      if (mark !== ',') return undefined;
      return inner === '[' ? 'value' : 'name';
    case 'end':
      return undefined;
  }
}
