// Writes the files of a reproduction: a page with a table per figure, an image per figure, and all results as JSON.

import { cpus } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomic } from '../../src/files/atomic.js';
import { version } from '../../src/runtime/package.js';
import { FIGURE_NAMES, FIGURES } from './experiment.js';
import { resultsSvg } from './results-svg.js';
import type { ExperimentSummary } from './summary.js';
import { behindMarkdown, figureMarkdown } from './tables.js';

export interface RunDescription {
  /** Command line that the user typed. */
  readonly command: string;
  readonly quick: boolean;
  /** First data seed. */
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
          'This is a quick run, with fewer subjects and restarts, one data seed and a looser reach. It checks the ' +
            'program and is not a result.',
          '',
        ]
      : []),
    `Values are means ± standard deviations over data seeds (the first is ${firstSeed}), on held-out subjects. The ` +
      'truth chooses nothing. MCC: Spearman, matched within modalities. docs/explanation/science.md has the protocol.',
    '',
    'Chance: the mean MCC of a random rotation of the true latents within each modality (docs/how-to/evaluate.md). ' +
      'Corrected: (MCC − chance)/(1 − chance), 0 for chance and 1 for a perfect match. Fits have default settings, ' +
      'except in rows whose titles name settings. The paper’s numbers have separate rows, because its generator is ' +
      'not published and its data differ from ours.',
    '',
    'Condition 4.3 is checked on the true graphs. It holds, it fails, or only the price of an edge inside a modality ' +
      'prevents a mixing (priced). docs/reference/simulation.md describes the check. Regret of the restart: MCC of ' +
      'the best restart by the truth minus that of the chosen one.',
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

/** Returns a sentence on how results were made. @param seconds time of all fits together */
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
