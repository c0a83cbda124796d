// src/files/json.ts
function parseJson(text) {
  return JSON.parse(text, (_, value) => value === 0 ? 0 : value);
}
function parseUniqueJson(text) {
  const value = parseJson(text);
  const open = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{") {
      open.push(/* @__PURE__ */ new Set());
    } else if (character === "[") {
      open.push(void 0);
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === '"') {
      const start = at;
      for (at++; text[at] !== '"'; at++) if (text[at] === "\\") at++;
      const names = open.at(-1);
      if (names === void 0 || !isName(text, at + 1)) continue;
      const name = String(JSON.parse(text.slice(start, at + 1)));
      if (names.has(name)) throw new SyntaxError(`the name '${name.slice(0, 100)}' appears twice`);
      names.add(name);
    }
  }
  return value;
}
function isName(text, after) {
  let at = after;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "	") at++;
  return text[at] === ":";
}

export {
  parseJson,
  parseUniqueJson
};
