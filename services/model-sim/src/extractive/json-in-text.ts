/** A text taken apart into the JSON values it contains and the rest. */
export interface MixedText {
  values: unknown[];
  prose: string;
}

/** Finds JSON objects and arrays in a text, whole or between prose; what does not parse stays prose. */
export function splitJson(text: string): MixedText {
  const values: unknown[] = [];
  let prose = '';
  let at = 0;
  while (at < text.length) {
    const start = nextOpening(text, at);
    if (start === -1) break;
    const end = closingOf(text, start);
    const value = end === -1 ? undefined : parsed(text.slice(start, end));
    if (value === undefined) {
      prose += text.slice(at, start + 1);
      at = start + 1;
      continue;
    }
    values.push(value);
    prose += `${text.slice(at, start)}\n`;
    at = end;
  }
  return { values, prose: (prose + text.slice(at)).replaceAll(/```(?:json)?\s*```/g, '') };
}

/** The next bracket that can begin JSON: `{` before a key or `}`, `[` before a value or `]`. */
function nextOpening(text: string, from: number): number {
  const match = /\{\s*["}]|\[\s*["{[\]\d-]/g;
  match.lastIndex = from;
  return match.exec(text)?.index ?? -1;
}

function closingOf(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let index = start; index < text.length; index += 1) {
    const char = text[index];
    if (quoted) {
      if (char === '\\') index += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return -1;
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
