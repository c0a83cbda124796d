// Which Markdown files of the repository are pages of the site, and where. Links between files stay as GitHub has them:
// relative, to the file. This plugin of markdown-it turns them into links of the site.

import { existsSync, statSync } from 'node:fs';
import { dirname, extname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MarkdownRenderer } from 'vitepress';

/** The folder of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** What is no page: other folders, and the README, for which the site has a home page. */
export const NO_PAGES = [
  'README.md',
  'docs/.vitepress/**',
  'bench/results/**',
  ...[
    'bindings',
    'build',
    'clients',
    'coverage',
    'cuda',
    'fuzz',
    'native',
    'packages',
    'runs',
    'scripts',
    'src',
    'test',
  ].map((folder) => `${folder}/**`),
];

/** Returns the place of a file in the site: `docs/how-to/install.md` is `how-to/install.md`. */
export function routeOf(file: string): string {
  const inDocs = file.replace(/^docs\//, '');
  if (inDocs !== file) return inDocs.replace(/(^|\/)README\.md$/, '$1index.md');
  return file.replace(/\/README\.md$/, '.md').toLowerCase();
}

/** Files other than pages that pages link to, by path in the repository and in the site. */
export const linkedFiles = new Map<string, string>();

/** Extensions that a browser shows as they are; other files get `.txt` added. */
const SHOWN = ['.json', '.svg', '.png', '.txt', '.csv', '.yaml'];

interface Place {
  /** The file that is rendered. A page that is moved has its new place in `path`. */
  readonly realPath?: string;
  /** Absent when a title is rendered. */
  readonly path?: string;
}

/** Rewrites links of the page to other files of the repository. */
export function repositoryLinks(md: MarkdownRenderer): void {
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    const { path, realPath = path } = env as Place;
    if (realPath === undefined) return;
    const page = relative(root, realPath).split(sep).join('/');
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href !== null && !/^(?:[a-z][a-z+.-]*:|[#/])/i.test(href)) token.attrSet('href', siteLink(page, href));
    }
  });
}

/** @param page path of the file that has the link */
function siteLink(page: string, href: string): string {
  const [path, ...places] = href.split('#');
  const file = posix.normalize(posix.join(posix.dirname(page), decodeURI(path)));
  const anchor = places.map((place) => `#${place}`).join('');
  if (file === 'README.md') return `/${anchor}`;
  const isFile = existsSync(join(root, file)) && statSync(join(root, file)).isFile();
  if (!isFile || file.endsWith('.md')) return `/${routeOf(file)}${anchor}`;
  const target = `files/${file}${SHOWN.includes(extname(file)) ? '' : '.txt'}`;
  linkedFiles.set(file, target);
  return `/${target}`;
}
