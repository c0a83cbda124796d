// JSON as it is read here: without −0; and, where it matters, without a name given twice: JSON.parse keeps the last one
// silently, which hides a tensor from every check.

/**
 * Parse JSON. −0 is read as 0, as JSON.stringify writes it: what is read can be written again.
 *
 * @throws SyntaxError on malformed text
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) => (value === 0 ? 0 : value));
}

/**
 * Parse JSON whose objects have unique names.
 *
 * @throws SyntaxError on malformed text or a repeated name
 */
export function parseUniqueJson(text: string): unknown {
  const value = parseJson(text);
  // The text is well-formed from here on, so strings and braces are all that need to be followed.
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

/** A string is a name when the next thing is a colon: as a value it would be followed by a comma or a bracket. */
function isName(text: string, after: number): boolean {
  let at = after;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return text[at] === ':';
}
