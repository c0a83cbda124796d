// What notebooks show of a model, its graph, its conclusions, and its report.

import { arrowOf } from '../causal/direction-text.js';
import { drawnGraph } from '../causal/blocks.js';
import type { LatentGraph } from '../causal/index.js';
import { conclusionsOf, describeConclusions, judgedGraph, type DescribedConclusions } from '../conclusions/index.js';
import type { ResultCell, ResultTable } from '../interpretation/index.js';
import type { MimeBundle } from '../text/notebook.js';
import { counted } from '../text/numbers.js';
import type { RunSummary } from '../training/run-summary.js';
import { shownGraph } from './facts/edge-status.js';
import { graphSvg } from './graph-svg.js';
import { markup, trusted, type Markup } from './html/markup.js';

interface Fitted {
  readonly graph: LatentGraph;
  readonly summary: RunSummary;
}

/** Returns the drawing of `interlatent graph --format svg`, and the edges as text. */
export async function graphBundle({ graph, summary }: Fitted): Promise<MimeBundle> {
  const shown = shownGraph(judgedGraph(graph, summary), conclusionsOf(graph, summary));
  const { nodes, edges } = drawnGraph(shown);
  const lines = edges.map((edge) => `${edge.from} ${arrowOf(edge)} ${edge.to}`);
  const title = `${counted(nodes.length, 'node')}, ${counted(edges.length, 'edge')}`;
  return {
    'image/svg+xml': await graphSvg(shown, { title: summary.study }),
    'text/plain': [title, ...lines].join('\n'),
  };
}

/** Returns the sentences. */
export function conclusionsBundle({ sentences }: Pick<DescribedConclusions, 'sentences'>): MimeBundle {
  return { 'text/html': paragraphs(sentences).text, 'text/plain': sentences.join('\n') };
}

/** Returns the drawing of the graph with the sentences of the conclusions. */
export async function modelBundle(model: Fitted): Promise<MimeBundle> {
  const { 'image/svg+xml': svg } = await graphBundle(model);
  const { sentences } = describeConclusions(model);
  return {
    'text/html': markup`<figure>${trusted(svg)}</figure>${paragraphs(sentences)}`.text,
    'text/plain': sentences.join('\n'),
  };
}

/** Returns the page in a frame, because its styles and its script are not those of the notebook. */
export function reportBundle(html: string): MimeBundle {
  const style = 'width:100%;height:85vh;border:0';
  const frame = markup`<iframe srcdoc="${html}" sandbox="allow-scripts" style="${style}"></iframe>`;
  return { 'text/html': frame.text, 'text/plain': `Report, an HTML page of ${html.length} letters` };
}

/** Returns a table of results as HTML and as text with tabs. */
export function tableBundle({ title, columns, rows, notes }: Omit<ResultTable, 'name'>): MimeBundle {
  const cells = rows.map((row) => row.map(cellText));
  const head = columns.map(({ name, description }) => markup`<th title="${description}">${name}</th>`);
  const body = cells.map((row) => markup`<tr>${row.map((cell) => markup`<td>${cell}</td>`)}</tr>`);
  const table = markup`<table><caption>${title}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
  const lines = [columns.map(({ name }) => name), ...cells].map((row) => row.join('\t'));
  return {
    'text/html': markup`${table}${paragraphs(notes)}`.text,
    'text/plain': [title, ...lines, ...notes].join('\n'),
  };
}

const paragraphs = (texts: readonly string[]): Markup => markup`${texts.map((text) => markup`<p>${text}</p>`)}`;

function cellText(cell: ResultCell): string {
  if (cell === null) return '';
  return typeof cell === 'number' && !Number.isInteger(cell) ? cell.toPrecision(4) : String(cell);
}
