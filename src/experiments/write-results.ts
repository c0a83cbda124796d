// Files of a reproduction: a table and an image per figure, all results as JSON, and a page that ties them together.

import { cpus } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomic } from '../files/atomic.js';
import { version } from '../runtime/package.js';
import { FIGURE_NAMES, FIGURES } from './experiment.js';
import { resultsSvg } from './results-svg.js';
import type { ExperimentSummary } from './summary.js';
import { behindMarkdown, figureMarkdown } from './tables.js';

export interface RunDescription {
  /** As the user typed it. */
  readonly command: string;
  readonly quick: boolean;
  /** Of the data. */
  readonly firstSeed: number;
  readonly threads: number;
}

/** Writes README.md, results.json and FIGURE.svg. @returns the paths */
export async function writeResults(
  out: string,
  summaries: readonly ExperimentSummary[],
  { command, quick, firstSeed, threads }: RunDescription,
): Promise<string[]> {
  const figures = FIGURE_NAMES.filter((figure) => summaries.some(({ experiment }) => experiment.figure === figure));
  const written: string[] = [];
  const write = async (name: string, text: string) => {
    await writeFileAtomic(join(out, name), text);
    written.push(join(out, name));
  };
  for (const figure of figures) {
    const ofFigure = summaries.filter(({ experiment }) => experiment.figure === figure);
    await write(`${figure}.svg`, resultsSvg(ofFigure, { title: FIGURES[figure] }));
  }
  const seconds = summaries.reduce((sum, summary) => sum + summary.seconds.mean * summary.seeds, 0);
  const fits = summaries.reduce((sum, { seeds }) => sum + seeds, 0);
  const run = { command, version, machine: machine(), threads, quick, fits, fitSeconds: seconds };
  await write('results.json', `${JSON.stringify({ ...run, summaries }, null, 2)}\n`);
  const behind = behindMarkdown(summaries);
  const page = [
    '# Reproduced results',
    '',
    runText({ command, threads }, fits, seconds),
    '',
    ...(quick
      ? [
          'A quick run: fewer subjects and restarts, one data seed, a looser reach. It checks the program, ' +
            'it is no result.',
          '',
        ]
      : []),
    `Mean ± standard deviation over data seeds (the first is ${firstSeed}), held-out subjects, chosen without the ` +
      'truth. MCC: Spearman, matched within modalities. docs/explanation/science.md has the protocol.',
    '',
    'Chance: the mean MCC of a random rotation of the true latents within each modality (docs/how-to/evaluate.md). ' +
      'Corrected: (MCC − chance)/(1 − chance), 0 for chance and 1 for a perfect match. Fits have default settings, ' +
      'but for rows whose titles name others. Numbers of the paper are of data from its own generator, which is not ' +
      'published, and have rows of their own.',
    '',
    'Condition 4.3, read off the true graphs: it holds; or a mixing is kept out by the price of an edge ' +
      'inside its modality alone (priced); or it fails. docs/reference/simulation.md says how.',
    '',
    ...figures.flatMap((figure) => [
      figureMarkdown(figure, summaries),
      ...(figure === 'figure5c' && behind ? [behind] : []),
      `![${FIGURES[figure]}](${figure}.svg)`,
      '',
    ]),
  ];
  await write('README.md', page.join('\n'));
  return written;
}

/** How results were made: a sentence of their page. @param seconds of all fits together */
export function runText(
  { command, threads }: Pick<RunDescription, 'command' | 'threads'>,
  fits: number,
  seconds: number,
): string {
  return (
    `\`${command}\`: interlatent ${version}, ${machine()}, ` +
    `${threads === 0 ? 'a thread per core' : `threads: ${threads}`}; ` +
    `${fits} fits, ${(seconds / 60).toFixed(0)} minutes of fitting.`
  );
}

function machine(): string {
  return `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`;
}
