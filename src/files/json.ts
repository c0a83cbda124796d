// Parses JSON: reads −0 as 0, and optionally refuses repeated names. JSON.parse silently keeps the last entry of a
// repeated name, which would hide a tensor from all checks.

/**
 * Parses JSON. Reads −0 as 0, which is how JSON.stringify writes it, so values survive a round trip.
 *
 * @throws SyntaxError on malformed text
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) => (value === 0 ? 0 : value));
}

/**
 * Parses JSON whose objects have unique names.
 *
 * @throws SyntaxError on malformed text or a repeated name
 */
export function parseUniqueJson(text: string): unknown {
  const value = parseJson(text);
  // The text is well-formed, so it is enough to track strings and braces.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{') {
      open.push(new Set());
    } else if (character === '[') {
      open.push(undefined);
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === '"') {
      const start = at;
      for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++;
      const names = open.at(-1);
      if (names === undefined || !isName(text, at + 1)) continue;
      const name = String(JSON.parse(text.slice(start, at + 1)));
      if (names.has(name)) throw new SyntaxError(`the name '${name.slice(0, 100)}' appears twice`);
      names.add(name);
    }
  }
  return value;
}

/** True if the string before `after` is a name: the next character is a colon, not a comma or bracket. */
function isName(text: string, after: number): boolean {
  let at = after;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return text[at] === ':';
}
