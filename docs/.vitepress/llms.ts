// llms.txt (llmstxt.org): the pages with a sentence each, for programs that read the documentation; llms-full.txt: all
// of their text. Pages of the API and of results are listed, and not repeated in the second file.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DefaultTheme } from 'vitepress';
import { root, routeOf } from './routes.js';
import { sidebar } from './sidebar.js';

interface Page {
  readonly title: string;
  readonly summary: string;
  readonly text: string;
}

/** @param files of all pages, relative to the repository */
export function writeLlms(folder: string, files: readonly string[]): void {
  const pages = new Map(files.map((file) => [`/${routeOf(file).replace(/(?:index)?\.md$/, '')}`, readPage(file)]));
  const sections = sidebar.map(({ text, items = [] }) => [`## ${text!}`, ...lines(items, pages)].join('\n'));
  const { title, summary } = pages.get('/')!;
  writeFileSync(join(folder, 'llms.txt'), `${[`# ${title}`, `> ${summary}`, ...sections].join('\n\n')}\n`);
  const whole = [...pages].filter(([link]) => !/^\/(?:$|results\/|reference\/api\/|changelog)/.test(link));
  writeFileSync(
    join(folder, 'llms-full.txt'),
    whole.map(([link, { text }]) => `<!-- ${link} -->\n\n${text}`).join('\n'),
  );
}

function lines(items: readonly DefaultTheme.SidebarItem[], pages: ReadonlyMap<string, Page>): string[] {
  return items.flatMap(({ text, link, items: inner = [] }) => {
    if (link === undefined) return lines(inner, pages);
    const page = pages.get(link);
    if (page === undefined) throw new Error(`the sidebar leads to ${link}, which is no page`);
    return [`- [${text!}](${link.slice(1)}${link.endsWith('/') ? 'index' : ''}.html): ${page.summary}`];
  });
}

/** The first paragraph says who a page is for. */
function readPage(file: string): Page {
  const source = readFileSync(join(root, file), 'utf8');
  const frontmatter = /^---\n([^]*?)\n---\n/.exec(source);
  const text = source.slice(frontmatter?.[0].length ?? 0).replaceAll(/^<!--[^]*?-->\n/gm, '');
  const described = (key: string): string | undefined =>
    new RegExp(`^${key}: (.+)$`, 'm').exec(frontmatter?.[1] ?? '')?.[1];
  const title = described('title') ?? /^# (.+)$/m.exec(text)?.[1] ?? file;
  const first = text.split(/\n{2,}/).find((part) => part !== '' && !/^(?:[#!|`<\s-]|\[.*\]\(.*\)$)/.test(part)) ?? '';
  const plain = first
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return { title, summary: described('description') ?? /^.*?\.(?= |$)/.exec(plain)?.[0] ?? plain, text };
}
