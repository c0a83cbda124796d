// Checks the built site: every link and image leads to a file, every anchor to a place in a page, and pages load
// nothing from other sites. `npm run docs` ends with the counts that it prints.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const SITE = resolve('build/site');
const base = process.env.INTERLATENT_DOCS_BASE ?? '/';
/** Tags that load a file when a page is opened. Links that a reader follows may lead anywhere. */
const LOADS = /<(?:script|img|iframe|source|video|audio|link rel="(?:stylesheet|icon|preload|modulepreload)")[^>]*$/;

const pages = readdirSync(SITE, { recursive: true }).filter((name) => name.endsWith('.html'));
const htmlOf = new Map(pages.map((name) => [join(SITE, name), readFileSync(join(SITE, name), 'utf8')]));
const idsOf = new Map(
  [...htmlOf].map(([page, html]) => [
    page,
    new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => unescaped(id))),
  ]),
);
const broken = [];
let links = 0;
let anchors = 0;
for (const [page, html] of htmlOf) {
  for (const { 1: link, index } of html.matchAll(/ (?:href|src)="([^"]*)"/g)) {
    if (link === '') continue;
    if (/^(?:[a-z][a-z+.-]*:|\/\/)/i.test(link)) {
      const isLoaded = !/^(?:data|mailto):/.test(link) && LOADS.test(html.slice(html.lastIndexOf('<', index), index));
      if (isLoaded) broken.push(`${relative(SITE, page)}: loads ${link}`);
      continue;
    }
    links++;
    const [path, place] = decodeURI(unescaped(link)).split('#');
    const target = path === '' ? page : fileOf(path.replace(/\?.*$/, ''), page);
    if (target === undefined) {
      broken.push(`${relative(SITE, page)}: ${link}`);
      continue;
    }
    if (!place) continue;
    anchors++;
    // The script of the demo reads the anchor.
    const isInPage = idsOf.get(target)?.has(place) ?? true;
    if (!isInPage && !path.includes('demo/page')) broken.push(`${relative(SITE, page)}: ${link}`);
  }
}
if (links === 0) broken.push('the site has no links');

// Search covers the whole text: a word that only a table of a reference page has is in the index.
const index = readdirSync(join(SITE, 'assets/chunks')).find((name) => name.startsWith('@localSearchIndex'));
if (!readFileSync(join(SITE, 'assets/chunks', index)).includes('winsorise')) broken.push('the search index lacks text');

const listed = readFileSync(join(SITE, 'llms.txt'), 'utf8').matchAll(/\]\(([^)]+)\)/g);
for (const [, link] of listed) if (!existsSync(join(SITE, link))) broken.push(`llms.txt: ${link}`);

for (const one of broken) console.error(one);
console.log(`${pages.length} pages, ${links} links, ${anchors} anchors, ${broken.length} broken`);
process.exitCode = broken.length > 0 ? 1 : 0;

/** Returns the file to which a link of a page leads, or undefined if there is none. */
function fileOf(path, page) {
  const inSite = path.startsWith('/');
  if (inSite && !path.startsWith(base)) return undefined;
  const file = inSite ? join(SITE, path.slice(base.length)) : resolve(dirname(page), path);
  return [file, join(file, 'index.html'), `${file}.html`].find((one) => existsSync(one) && statSync(one).isFile());
}

function unescaped(text) {
  return text.replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"');
}
