// Indented blocks of code look like those between fences: they get a box that scrolls, and a button that copies.

import type { MarkdownRenderer } from 'vitepress';

/** What a line of commands begins with. */
const COMMANDS = /^(?:npx|npm|interlatent|node|python3|apt-get|scripts\/\S+) /;

export function fencedBlocks(md: MarkdownRenderer): void {
  md.core.ruler.push('fenced-blocks', ({ tokens }) => {
    for (const token of tokens) {
      if (token.type !== 'code_block') continue;
      token.type = 'fence';
      token.markup = '```';
      token.info = COMMANDS.test(token.content) ? 'sh' : 'text';
    }
  });
}
