// The documentation site. `npm run docs` builds it into build/site; `npm run docs:dev` shows it while you write.
// INTERLATENT_DOCS_BASE is the path that it is served from, `/` by default.

import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defineConfig } from 'vitepress';
import { fencedBlocks } from './blocks.js';
import { writeLlms } from './llms.js';
import { linkedFiles, NO_PAGES, repositoryLinks, root, routeOf } from './routes.js';
import { checkSidebar, sidebar } from './sidebar.js';
import { slugOf } from './slug.js';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

export default defineConfig({
  title: 'interlatent',
  description: 'Causal latent variables from multimodal biomedical data, in Node.js',
  lang: 'en-GB',
  base: process.env['INTERLATENT_DOCS_BASE'] ?? '/',
  srcDir: '..',
  srcExclude: NO_PAGES,
  rewrites: routeOf,
  outDir: join(root, 'build/site'),
  cacheDir: join(root, 'build/docs/cache'),
  lastUpdated: false,
  metaChunk: true,
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    config: (md) => {
      md.use(repositoryLinks);
      md.use(fencedBlocks);
    },
    anchor: { slugify: slugOf },
    headers: { slugify: slugOf },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark' },
  },
  themeConfig: {
    nav: [
      { text: 'Tutorials', link: '/tutorials/first-study', activeMatch: '^/tutorials/' },
      { text: 'How-to', link: '/how-to/install', activeMatch: '^/how-to/' },
      { text: 'Reference', link: '/reference/cli', activeMatch: '^/reference/' },
      { text: 'Explanation', link: '/explanation/method', activeMatch: '^/explanation/' },
      { text: 'Demo', link: '/demo' },
      { text: `v${version}`, link: '/changelog' },
    ],
    sidebar,
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            boost: { title: 4, text: 2, titles: 1 },
            // Pages for readers come before lists. The function runs in the browser, so it has all that it needs.
            boostDocument: (id: string) => (/\/(?:changelog|results|reference\/api)\b/.test(id) ? 0.3 : 1),
          },
        },
      },
    },
    docFooter: { prev: 'Previous page', next: 'Next page' },
  },
  vite: {
    publicDir: join(root, 'build/docs/public'),
    server: { watch: { ignored: ['**/build/**', '**/dist/**', '**/runs/**'] } },
    build: { chunkSizeWarningLimit: 4096, reportCompressedSize: false },
  },
  buildEnd: ({ outDir, pages }) => {
    checkSidebar();
    for (const [file, target] of linkedFiles) {
      mkdirSync(dirname(join(outDir, target)), { recursive: true });
      cpSync(join(root, file), join(outDir, target));
    }
    writeLlms(outDir, pages);
  },
});
