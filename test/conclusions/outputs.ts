// Every output that states the conclusions of a fit. Add a new output to the list at the end, so that the property in
// test/conclusions/conclusions.test.ts checks it against the conclusions.

import { jest } from '@jest/globals';
import { printConclusions, printEdges, printTests } from '../../src/cli/evidence.js';
import {
  conclusionsOf,
  describeConclusions,
  directionText,
  latentText,
  linksOfBlocks,
  linkText,
  pairText,
  summarySentences,
} from '../../src/conclusions/index.js';
import { comparisonHtml } from '../../src/report/index.js';
import { reportHtml } from '../../src/report/html/report.js';
import type { ExampleRun } from '../fixtures/example-runs.js';

export interface Output {
  readonly name: string;
  /** True if the output begins with the main conclusion in one sentence. */
  readonly hasHeadline: boolean;
  /**
   * Returns the output as plain text: a line for each row of a table, list item and paragraph, with two or more spaces
   * between cells.
   */
  readonly text: (run: ExampleRun) => string | Promise<string>;
}

/** Returns the printed text of a call. */
export function printed(call: () => void): string {
  const texts: string[] = [];
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => texts.push(String(text)) > 0);
  try {
    call();
  } finally {
    spy.mockRestore();
  }
  return texts.join('');
}

/** Returns the text of a section of a page. */
function linesOf(html: string): string {
  return html
    .replace(/\s+/g, ' ')
    .replace(/<\/(tr|p|li|h\d|dt|div|caption|summary)>/g, '\n')
    .replace(/<\/t[dh]>/g, '   ')
    .replace(/<[^>]*>/g, '');
}

function sectionOf(html: string, id: string): string {
  const start = html.indexOf(`<section id="${id}"`);
  return start < 0 ? '' : linesOf(html.slice(start).split('</section>')[0]);
}

const ofConclusions = (run: ExampleRun) => conclusionsOf(run.graph, run.summary);
const pageOf = (run: ExampleRun): Promise<string> => reportHtml({ ...run, history: [] });

export const OUTPUTS: readonly Output[] = [
  { name: 'the summary', hasHeadline: true, text: (run) => summarySentences(ofConclusions(run)).join('\n') },
  {
    name: 'the sentences of every pair, latent and link',
    hasHeadline: false,
    text: (run) => {
      const conclusions = ofConclusions(run);
      const { pairs, latents } = conclusions;
      const tested = pairs.filter(({ p }) => p !== undefined).length;
      return [
        ...pairs.map((pair) => pairText(pair, tested)),
        ...latents.map(latentText),
        ...linksOfBlocks(conclusions).flatMap((link) => [linkText(link), directionText(link)]),
      ].join('\n');
    },
  },
  {
    name: 'the command line',
    hasHeadline: true,
    text: ({ graph, summary }) =>
      printed(() => {
        printTests(graph, summary);
        printConclusions(graph, summary);
      }),
  },
  {
    name: 'the edges that commands print',
    hasHeadline: false,
    text: ({ graph, summary }) => printed(() => printEdges(graph, summary)),
  },
  {
    name: 'the server, the library, the browser and --json',
    hasHeadline: true,
    text: (run) => describeConclusions(run).sentences.join('\n'),
  },
  {
    name: 'the conclusions of the report',
    hasHeadline: false,
    text: async (run) => sectionOf(await pageOf(run), 'evidence'),
  },
  {
    name: 'everything that was tested, in the report',
    hasHeadline: false,
    text: async (run) => sectionOf(await pageOf(run), 'tested'),
  },
  {
    name: 'the graph of the report',
    hasHeadline: false,
    text: async (run) => sectionOf(await pageOf(run), 'graph'),
  },
  {
    name: 'the top of the report',
    hasHeadline: true,
    text: async (run) => linesOf((await pageOf(run)).split('<header')[1].split('</header>')[0]),
  },
  {
    name: "the report's first lines",
    hasHeadline: true,
    text: async (run) => linesOf((await pageOf(run)).split('class="verdict" data-copied>')[1].split('</p>')[0]),
  },
  {
    name: 'the comparison of reports',
    hasHeadline: true,
    text: async (run) =>
      sectionOf(
        await comparisonHtml([run, run].map((one, i) => ({ ...one, name: `run-${i}`, history: [] }))),
        'evidence',
      ),
  },
  {
    name: 'the graphs of the comparison',
    hasHeadline: false,
    text: async (run) =>
      sectionOf(await comparisonHtml([run, run].map((one, i) => ({ ...one, name: `run-${i}`, history: [] }))), 'graph'),
  },
];
