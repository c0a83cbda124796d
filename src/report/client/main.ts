// The script of the page. It makes figures interactive. Without it, the page shows the same figures in their first
// state.

import { controlsOf } from './controls.js';
import { downloads } from './download.js';
import { followWidth } from './drawings.js';
import { graph } from './graph.js';
import { losses } from './losses.js';
import { pageData } from './page-data.js';
import { themeSwitch } from './theme.js';
import { interventions, traversals } from './traversals.js';

document.documentElement.classList.add('script');
themeSwitch();
downloads();
copying();
unfolding();
sectionInView();
printing();
if (pageData.losses) losses(pageData.losses);
if (pageData.traversals) traversals(pageData.traversals);
if (pageData.interventions) interventions(pageData.interventions);
if (pageData.graph) graph('graph', pageData.graph);
if (pageData.discovery) graph('discovery', pageData.discovery);
if (document.querySelector('[data-controls="correlations"]')) search();
followWidth();

/** Filters the table of correlations by the names of columns. */
function search(): void {
  const controls = controlsOf('correlations');
  const rows = [...document.querySelectorAll<HTMLTableRowElement>('#correlations tbody tr')];
  const matches = controls.form.querySelector<HTMLElement>('[data-matches]')!;
  controls.onChange(() => {
    const wanted = controls.text('find').trim().toLowerCase();
    for (const row of rows) row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
    matches.textContent = wanted === '' ? '' : `${rows.filter((row) => !row.hidden).length} of ${rows.length} columns`;
  });
}

function copying(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-copy]')) {
    button.addEventListener('click', () => {
      const code = button.parentElement!.querySelector('code');
      const text = code?.textContent ?? textOfAll('[data-copied]');
      const done = (word: string) => () => (button.textContent = word);
      void navigator.clipboard.writeText(text).then(done('Copied'), done('Select it and copy'));
    });
  }
}

/** Returns the texts of all elements that match, as one paragraph. */
function textOfAll(selector: string): string {
  return [...document.querySelectorAll(selector)].map(({ textContent }) => textContent.trim()).join(' ');
}

/** Opens a folded part of the page if a link leads into it. */
function unfolding(): void {
  const open = (): void => {
    const target =
      location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    if (target === null) return;
    const folded = target.querySelector<HTMLDetailsElement>(':scope > details.fold');
    if (folded) folded.open = true;
    for (let place = target.closest('details'); place; place = place.parentElement?.closest('details') ?? null) {
      place.open = true;
    }
    target.scrollIntoView();
  };
  addEventListener('hashchange', open);
  open();
}

/** Marks the visible section in the table of contents. */
function sectionInView(): void {
  const links = new Map(
    [...document.querySelectorAll<HTMLAnchorElement>('nav ol a')].map((link) => [link.hash.slice(1), link]),
  );
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) links.get(target.id)?.setAttribute('aria-current', 'true');
        else links.get(target.id)?.removeAttribute('aria-current');
      }
    },
    { rootMargin: '-20% 0px -70% 0px' },
  );
  for (const section of document.querySelectorAll('main > section')) observer.observe(section);
}

/** Opens all folded parts for printing. */
function printing(): void {
  let closed: HTMLDetailsElement[] = [];
  addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open])')];
    for (const one of closed) one.open = true;
  });
  addEventListener('afterprint', () => {
    for (const one of closed) one.open = false;
  });
}
