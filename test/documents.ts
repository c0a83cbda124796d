// Documents as a reader has them: their blocks of code, their headings and their links.

/** A block of code: between fences, or indented by four spaces. */
export interface Block {
  /** The language of the fence; empty for a fence without a language and for indented lines. */
  readonly language: string;
  readonly text: string;
  /** Line number in the document, from 1. */
  readonly line: number;
  /** Why the block does not run, from the comment before it: `<!-- not run: reason -->`. */
  readonly excuse: string | undefined;
}

/** Returns the blocks of code. @throws Error for a fence that is not closed */
export function blocksOf(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    const fence = /^```(\S*)$/.exec(lines[at]);
    const isIndented = lines[at].startsWith('    ') && (at === 0 || lines[at - 1] === '');
    if (!fence && !isIndented) continue;
    const first = fence ? at + 1 : at;
    let end = first;
    while (end < lines.length && (fence ? lines[end] !== '```' : lines[end].startsWith('    '))) end++;
    if (fence && end === lines.length) throw new Error(`the fence in line ${at + 1} is not closed`);
    const text = lines.slice(first, end).map((line) => (fence ? line : line.slice(4)));
    const before = lines
      .slice(0, at)
      .filter((line) => line !== '')
      .at(-1);
    const excuse = /^<!-- not run: (\S+ \S.*) -->$/.exec(before ?? '')?.[1];
    blocks.push({ language: fence?.[1] ?? '', text: `${text.join('\n')}\n`, line: first + 1, excuse });
    at = end;
  }
  return blocks;
}

const withoutBlocks = (markdown: string): string => markdown.replaceAll(/^```[^]*?^```$/gm, '');

/** Returns the anchors of a page, with the names that GitHub gives them. */
export function anchorsOf(markdown: string): Set<string> {
  const counts = new Map<string, number>();
  const headings = [...withoutBlocks(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const name = text.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
    const before = counts.get(name) ?? 0;
    counts.set(name, before + 1);
    return before === 0 ? name : `${name}-${before}`;
  });
  return new Set(headings);
}

/** Returns links and images that lead to other files, or to anchors of the page. */
export function linksOf(markdown: string): string[] {
  const text = withoutBlocks(markdown).replaceAll(/`[^`\n]*`/g, '');
  const links = [...text.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)/g)].map(([, link]) => link);
  return links.filter((link) => !/^[a-z][a-z+.-]*:/i.test(link));
}
