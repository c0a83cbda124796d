// Building blocks of a page: sections, figures that can be saved as SVG, and tables that screen readers can read.

import { drawChart, type Chart } from '../charts/charts.js';
import type { PageData } from './page-data.js';
import { markup, trusted, type Markup, type Part } from './markup.js';

export interface Section {
  /** Id of the heading, for links. */
  readonly id: string;
  readonly title: string;
  readonly body: Part;
  /** True if only the heading is shown until the reader opens it. Print shows everything. */
  readonly folded?: boolean;
  /** Data for the page's script. */
  readonly data?: Partial<PageData>;
}

export interface Figure {
  /** Name of the file in which it is saved. */
  readonly name: string;
  readonly caption?: Part;
  /** Content between the drawing and its caption. */
  readonly below?: Part;
}

/** Width of a chart before the page's script draws it again. */
const FIRST_WIDTH = 760;

/** Returns a figure with a chart that fits the page's width. */
export function chartFigure(chart: Chart, { name, caption, below }: Figure): Markup {
  const data = markup`<script type="application/json">${embedded(chart)}</script>`;
  return figure({ name, svg: drawChart(chart, FIRST_WIDTH), drawing: chart[0], caption, below: [data, below] });
}

/** Returns JSON that cannot end the script element around it. */
export function embedded(data: object): Markup {
  return trusted(JSON.stringify(data).replaceAll('<', '\\u003c'));
}

/** @param figure `drawing`: name of the drawing by which the page's script replaces the first one */
export function figure({
  name,
  svg,
  caption,
  drawing,
  below,
}: Figure & { readonly svg: string; readonly drawing?: string }): Markup {
  const host = drawing === undefined ? undefined : markup` data-drawing="${drawing}"`;
  const width = /^<svg [^>]*?\bwidth="(\d+)"/.exec(svg)?.[1];
  const size = width === undefined ? undefined : markup` style="--drawn:${width}px"`;
  return markup`<figure class="figure" data-name="${name}">
<div class="drawing"${host}${size} tabindex="0" role="group" aria-label="${`Figure: ${name}`}">${trusted(
    svg,
  )}</div>${below}
<figcaption>${caption}
<button type="button" class="quiet needs-script" data-download="svg">Download SVG<span class="unseen">: ${name}</span>
</button></figcaption>
</figure>`;
}

export interface Column {
  readonly title: string;
  /** True for numbers, which are aligned to the right. */
  readonly numeric?: boolean;
}

export interface Table {
  /** Caption. If `quiet`, only screen readers present it. */
  readonly caption: string;
  readonly quiet?: boolean;
  readonly columns: readonly Column[];
  /** Rows. The first cell is the heading of its row. */
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

/** Returns a folded part. @param onPaper true if print shows it. Default: true */
export function details(summary: string, body: Part, { onPaper = true } = {}): Markup {
  const onScreen = onPaper ? undefined : markup` class="screen"`;
  return markup`<details${onScreen}><summary>${summary}</summary>${body}</details>`;
}

/** Returns a highlighted remark. */
export function notice(body: Part, kind: 'note' | 'warning' = 'note'): Markup {
  return markup`<div class="notice ${kind}" role="note">${body}</div>`;
}

/** Returns a remark instead of a part that needs the data of the study. @param what singular or plural subject */
export function withoutData(what: string): Markup {
  const command = markup`<code>interlatent report RUN --study FILE</code>`;
  return notice(markup`<p>${what} can be shown only with the study’s data. Run ${command}.</p>`);
}
