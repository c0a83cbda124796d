// What every part of the page is built of: sections, figures that can be kept as SVG, tables that can be read aloud.

import type { PageData } from './page-data.js';
import { markup, trusted, type Markup, type Part } from './markup.js';

export interface Section {
  /** Of the heading, for links. */
  readonly id: string;
  readonly title: string;
  readonly body: Part;
  /** Shown under its heading only when the reader opens it; paper shows everything. */
  readonly folded?: boolean;
  /** What the page's script draws from. */
  readonly data?: Partial<PageData>;
}

export interface Figure {
  /** Of the file that it is kept as. */
  readonly name: string;
  readonly svg: string;
  readonly caption?: Part;
  /** Names the drawing that the page's script puts in place of the first one; it fits the page's width. */
  readonly drawing?: string;
  /** Between the drawing and its caption. */
  readonly below?: Part;
}

export function figure({ name, svg, caption, drawing, below }: Figure): Markup {
  const host = drawing === undefined ? undefined : markup` data-drawing="${drawing}"`;
  return markup`<figure class="figure" data-name="${name}">
<div class="drawing"${host} tabindex="0" role="group" aria-label="${`Figure: ${name}`}">${trusted(svg)}</div>${below}
<figcaption>${caption}
<button type="button" class="quiet needs-script" data-download="svg">Download SVG<span class="unseen">: ${name}</span>
</button></figcaption>
</figure>`;
}

export interface Column {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly numeric?: boolean;
}

export interface Table {
  /** Read out before the table; not shown when `quiet`. */
  readonly caption: string;
  readonly quiet?: boolean;
  readonly columns: readonly Column[];
  /** The first cell names its row. */
  readonly rows: readonly (readonly Part[])[];
  readonly id?: string;
}

export function table({ caption, quiet = true, columns, rows, id }: Table): Markup {
  const place = (c: number) => (columns[c].numeric ? markup` class="number"` : undefined);
  const anchor = id === undefined ? undefined : markup` id="${id}"`;
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table${anchor}>
<caption${quiet ? markup` class="unseen"` : undefined}>${caption}</caption>
<thead><tr>${columns.map(({ title }, c) => markup`<th scope="col"${place(c)}>${title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) =>
      markup`<tr>${row.map((cell, c) =>
        c === 0 ? markup`<th scope="row"${place(c)}>${cell}</th>` : markup`<td${place(c)}>${cell}</td>`,
      )}</tr>`,
  )}</tbody></table></div>`;
}

/** @param onPaper whether print, which opens everything, shows it; yes when left out */
export function details(summary: string, body: Part, { onPaper = true } = {}): Markup {
  const onScreen = onPaper ? undefined : markup` class="screen"`;
  return markup`<details${onScreen}><summary>${summary}</summary>${body}</details>`;
}

/** A remark that a reader must not miss. */
export function notice(body: Part, kind: 'note' | 'warning' = 'note'): Markup {
  return markup`<div class="notice ${kind}" role="note">${body}</div>`;
}

/** Stands for a part that needs the study's data. */
export function withoutData(what: string): Markup {
  return notice(markup`<p>${what} needs the study’s data. Run <code>interlatent report RUN --study FILE</code>.</p>`);
}
