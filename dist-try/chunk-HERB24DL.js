// src/files/delimiter.ts
var DELIMITERS = [",", ";", "|", "	", " "];
function delimiterIn(path, head, columns) {
  const name = path.replace(/\.gz$/, "");
  if (name.endsWith(".tsv")) return "	";
  const header = headerOf(head);
  if (columns.includes(header)) return ",";
  const unquoted = header.replace(/"[^"]*(?:"|$)/g, "");
  const candidates = name.endsWith(".txt") ? ["	", ",", ";", " "] : [",", "	", ";"];
  return candidates.find((delimiter) => unquoted.includes(delimiter)) ?? ",";
}
function headerOf(head) {
  const from = head.search(/[^\r\n]/);
  if (from < 0) return "";
  const next = /["\r\n]/g;
  for (let at = from; ; ) {
    next.lastIndex = at;
    const match = next.exec(head);
    if (match === null) return head.slice(from);
    if (match[0] !== '"') return head.slice(from, match.index);
    const closing = head.indexOf('"', match.index + 1);
    if (closing < 0) return head.slice(from);
    at = closing + 1;
  }
}

export {
  DELIMITERS,
  delimiterIn
};
