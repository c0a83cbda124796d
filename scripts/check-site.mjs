// Every link of the site that typedoc wrote leads to a file or a place in a page; `npm run docs` ends with it.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const SITE = 'build/site';
const pages = readdirSync(SITE, { recursive: true }).filter((name) => name.endsWith('.html'));
const htmlOf = new Map(pages.map((name) => [resolve(SITE, name), readFileSync(join(SITE, name), 'utf8')]));
const broken = [];
let links = 0;
for (const [page, html] of htmlOf) {
  for (const [, link] of html.matchAll(/ (?:href|src)="([^"]*)"/g)) {
    if (/^[a-z][a-z+.-]*:/i.test(link) || link === '') continue;
    links++;
    const [path, place] = decodeURI(link.replaceAll('&amp;', '&')).split('#');
    const target = path === '' ? page : resolve(dirname(page), path);
    const isThere = existsSync(target) && statSync(target).isFile();
    const text = isThere && place ? htmlOf.get(target) : undefined;
    if (!isThere || (text && !text.includes(`id="${place}"`))) broken.push(`${page}: ${link}`);
  }
}
if (links === 0) broken.push('the site has no links');
for (const one of broken) console.error(one);
console.log(`${pages.length} pages, ${links} links, ${broken.length} broken`);
process.exitCode = broken.length > 0 ? 1 : 0;
