// Turns comments into paragraphs of the tree that textlint reads.

/** Comments for programs, not for people. */
const DIRECTIVE =
  /^(?:eslint|oxlint|prettier|@ts-|@type\b|clang-format|NOLINT|istanbul|SPDX|shellcheck|fmt:|noqa|type: ignore|globals? |#|!|\/ <ref)/;
const LIST_ITEM = /^\s*(?:[-*•]|\d+\.)\s/;
/** A tag of a doc comment, with the name that it documents. */
const TAG = /^\s*@(?:param|typeParam)\s+(?:\{[^}]*\}\s*)?[\w.]+(?:\s+-)?\s*|^\s*@\w+(?:\s+\{[^}]*\})?\s*/;

/**
 * Adds the paragraphs of all comments. Line comments that follow each other are one text; blank lines, list items and
 * tags such as `@throws` start a new paragraph.
 * @param comments offsets `[start, end]` of each comment, in order
 */
export function addComments(tree, text, comments) {
  for (const { lines, isLine } of merged(tree, text, comments)) {
    for (const { ranges, isTable } of paragraphs(text, lines)) {
      if (DIRECTIVE.test(text.slice(ranges[0].start, ranges[0].end))) continue;
      const children = ranges.flatMap(({ start, end }, i) => [
        ...(i > 0 ? [tree.replaced(ranges[i - 1].end, start, ' ')] : []),
        ...tree.inline(start, end),
      ]);
      tree.addParagraph(children, { isComment: true, isTable, isOneLine: isLine && lines.length === 1 });
    }
  }
}

/** Returns the lines of each comment without its marks. Line comments that follow each other are one comment. */
function merged(tree, text, comments) {
  const blocks = [];
  for (const [start, end] of comments) {
    const raw = text.slice(start, end);
    const isLine = /^(?:\/\/|#)/.test(raw);
    const isAlone = /^\s*$/.test(text.slice(text.lastIndexOf('\n', start - 1) + 1, start));
    const last = blocks.at(-1);
    const line = tree.lineAt(start);
    const continues = isLine && isAlone && last?.isLine && last.isAlone && last.lastLine + 1 === line;
    const lines = isLine ? [stripped(text, start, end, /^(?:\/\/+|#+) ?/)] : blockLines(text, start, end);
    if (continues) {
      last.lines.push(...lines);
      last.lastLine = line;
    } else {
      blocks.push({ lines, isLine, isAlone, lastLine: line });
    }
  }
  return blocks;
}

function stripped(text, start, end, mark) {
  const from = start + (mark.exec(text.slice(start, end))?.[0].length ?? 0);
  return { start: from, end: from + text.slice(from, end).trimEnd().length };
}

/** Returns the lines of a comment with an opening and a closing mark, or of a Python docstring. */
function blockLines(text, start, end) {
  const width = text.startsWith('/*', start) ? 2 : 3;
  const lines = [];
  let from = start + width;
  for (const line of text.slice(from, end - width).split('\n')) {
    lines.push(stripped(text, from, from + line.length, /^\s*\*? ?/));
    from += line.length + 1;
  }
  return lines;
}

/**
 * Splits lines into paragraphs and removes tags, names of parameters and fenced code. A line that is indented, and no
 * part of a list item or a tag, shows a layout: it is a paragraph with `isTable`.
 */
function paragraphs(text, lines) {
  const result = [];
  let [current, isFenced] = [undefined, false];
  for (const { start, end } of lines) {
    const line = text.slice(start, end);
    const isFence = line.trimStart().startsWith('```');
    if (isFence) isFenced = !isFenced;
    if (isFence || isFenced || line.trim() === '') {
      current = undefined;
      continue;
    }
    const opening = TAG.exec(line)?.[0] ?? LIST_ITEM.exec(line)?.[0];
    const isTable = opening === undefined && /^ {2}/.test(line) && !current?.isItem;
    if (opening !== undefined || isTable || current === undefined || current.isTable) {
      current = { ranges: [], isItem: opening !== undefined, isTable };
      result.push(current);
    }
    const indent = opening?.length ?? line.length - line.trimStart().length;
    if (indent < line.length) current.ranges.push({ start: start + indent, end });
  }
  return result.filter(({ ranges }) => ranges.length > 0);
}
