// The page around the sections: one file that needs no other file.

import { sha256 } from '../../files/sha256.js';
import { version } from '../../runtime/package.js';
import { pageStyle, styleSheet } from '../theme.js';
import { pageAssets } from './assets.js';
import { markup, trusted, type Markup, type Part } from './markup.js';
import type { PageData } from './page-data.js';
import { embedded, type Section } from './section.js';

export interface Page {
  readonly title: string;
  readonly masthead: Markup;
  readonly sections: readonly Section[];
}

/** Returns a policy under which the page cannot fetch or send anything, and can run only its script. */
function policyOf(script: string): string {
  const hash = sha256();
  hash.update(script);
  const digest = hash.digest('base64');
  return (
    `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${digest}'; img-src data: blob:; ` +
    "base-uri 'none'; form-action 'none'"
  );
}

export async function page({ title, masthead, sections }: Page): Promise<string> {
  const { script, style } = await pageAssets();
  const { rules, light, dark } = pageStyle();
  const colours =
    `:root{${light}color-scheme:light}` +
    `@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${dark}color-scheme:dark}}` +
    `@media screen{:root[data-theme=dark]{${dark}color-scheme:dark}}`;
  // A downloaded figure needs a style sheet, because it is no longer part of the page.
  const styleSheets = { light: styleSheet('light'), dark: styleSheet('dark') };
  const data = sections.reduce<PageData>((all, section) => ({ ...all, ...section.data }), { styleSheets });
  const document = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${`interlatent ${version}`}">
<title>${title}</title>
<style>${trusted(colours + rules + style)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<div class="layout">
<nav aria-label="Contents"><p class="brand">interlatent</p><ol>${sections.map(
    ({ id, title: heading }) => markup`<li><a href="#${id}">${heading}</a></li>`,
  )}</ol>
<div class="needs-script theme" role="group" aria-label="Colours">
<button type="button" class="quiet" data-theme-to="auto" aria-pressed="true">Auto</button>
<button type="button" class="quiet" data-theme-to="light" aria-pressed="false">Light</button>
<button type="button" class="quiet" data-theme-to="dark" aria-pressed="false">Dark</button></div></nav>
<main id="content">${masthead}${sections.map(
    ({ id, title: heading, body, folded }, k) =>
      markup`<section id="${id}" aria-labelledby="${id}-title">
${folded ? foldedBody(headingOf(id, heading, k), body) : [headingOf(id, heading, k), body]}</section>`,
  )}
<footer><p>Written by interlatent ${version}. The method: Sun et al., <cite>Causal Representation Learning from
Multimodal Biomedical Observations</cite>, ICLR 2025.</p></footer>
</main>
</div>
<script type="application/json" id="report-data">${embedded(data)}</script>
<script>${trusted(script)}</script>
</body>
</html>
`;
  return document.text;
}

function headingOf(id: string, heading: string, k: number): Markup {
  return markup`<h2 id="${id}-title"><span class="ordinal" aria-hidden="true">${k + 1}</span>${heading}</h2>`;
}

function foldedBody(heading: Markup, body: Part): Markup {
  return markup`<details class="fold"><summary>${heading}</summary>${body}</details>`;
}
