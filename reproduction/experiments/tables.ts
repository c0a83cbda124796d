// Formats results as Markdown: our means ± standard deviations, chance and the reach. The paper's numbers have separate
// rows, because its data has another generator.

import { isPlainCase } from './definitions.js';
import { FIGURES, type Experiment, type FigureName, type Figures } from './experiment.js';
import { SPARSITY_CONDITIONS, type SparsityCondition } from '../../src/causal/sparsity-condition.js';
import { spread, type ExperimentSummary, type Spread } from './summary.js';

/** Title of the paper's numbers. They refer to other data than ours: the paper's generator is not published. */
export const PAPER_DATA = 'the paper, with another generator';

/** Returns the table of a figure with its heading and notes. */
export function figureMarkdown(figure: FigureName, summaries: readonly ExperimentSummary[]): string {
  const ofFigure = summaries.filter(({ experiment }) => experiment.figure === figure);
  const header = [
    'data',
    'fits',
    'MCC',
    'chance',
    'corrected',
    'R²',
    'SHD',
    'Condition 4.3',
    'reach MCC / R² / SHD',
    'met',
    'regret of the restart',
    'seconds per fit',
  ];
  const rows = ofFigure.flatMap(({ experiment, seeds, mcc, chance, corrected, r2, shd, ...rest }) => [
    [
      experiment.title,
      String(seeds),
      experiment.fitsPerDataSet === undefined
        ? spreadText(mcc, 3)
        : `${spreadText(mcc, 3)}, worst ${Math.min(...mcc.values).toFixed(3)}`,
      chance.mean.toFixed(3),
      corrected === null ? '–' : spreadText(corrected, 3),
      spreadText(r2, 3),
      shd === null ? '–' : spreadText(shd, 1),
      conditionText(rest.conditions),
      experiment.reach ? reachText(experiment.reach) : '–',
      rest.met === null ? '–' : rest.met ? 'yes' : 'no',
      rest.regret === null ? '–' : rest.regret.mean.toFixed(3),
      spreadText(rest.seconds, 0),
    ],
    ...(isPaperRow(experiment) ? [paperRow(experiment, header.length)] : []),
  ]);
  return [
    `## ${FIGURES[figure]}`,
    '',
    line(header),
    line(header.map(() => '---')),
    ...rows.map(line),
    ...notes(ofFigure),
    '',
  ].join('\n');
}

/** True if the paper's number follows the experiment: once, below the fit with default settings. */
function isPaperRow({ paper, id }: Experiment): boolean {
  return paper !== undefined && !id.endsWith('-tuned');
}

/** Returns the cells of the paper's row: title, fits, MCC, two columns about chance, and R². */
function paperRow({ title, paper }: Experiment, columns: number): string[] {
  const cells = [`${title}: ${PAPER_DATA}`, '–', number(paper?.mcc), '–', '–', number(paper?.r2)];
  return [...cells, ...new Array<string>(columns - cells.length).fill('–')];
}

function notes(summaries: readonly ExperimentSummary[]): string[] {
  const points = (sweep: ExperimentSummary['sweep']) =>
    sweep.map(({ setting, mcc }) => `${mcc.toFixed(3)} at ${setting}`).join(', ');
  const lines = summaries.flatMap(({ experiment, sweep, reversed }) => [
    ...(sweep.length > 0 ? [`${experiment.title}: mean MCC ${points(sweep)}.`] : []),
    ...(experiment.edges === 'skeleton' && reversed
      ? [
          `${experiment.title}: SHD of the skeleton; ${reversed.mean.toFixed(1)} edges per data set have the wrong ` +
            'direction.',
        ]
      : []),
  ]);
  return lines.length === 0 ? [] : ['', ...lines.map((text) => `- ${text}`)];
}

/** Returns a table of the difference between our MCC and that of the baselines, by case and as mean over the cases. */
export function behindMarkdown(summaries: readonly ExperimentSummary[]): string | undefined {
  const pairs = summaries.flatMap(({ experiment, mcc, corrected }) => {
    const plain = summaries.find((other) => isPlainCase(other.experiment) && other.experiment.case === experiment.case);
    if (experiment.figure !== 'figure5c' || plain === undefined) return [];
    const above = { ours: plain.corrected?.mean ?? NaN, its: corrected?.mean ?? NaN };
    return [{ experiment, ours: plain.mcc.mean, its: mcc.mean, above }];
  });
  if (pairs.length === 0) return undefined;
  const row = (title: string, some: typeof pairs): string => {
    const [ours, its] = (['ours', 'its'] as const).map((key) => spread(some.map((pair) => pair[key])).mean);
    const gap = ours - its;
    const above = (['ours', 'its'] as const).map((key) => spread(some.map((pair) => pair.above[key])).mean.toFixed(3));
    return line([title, ours.toFixed(3), its.toFixed(3), gap.toFixed(3), gap >= 0.1 ? 'yes' : 'no', ...above]);
  };
  const methods = [...new Set(pairs.map(({ experiment }) => experiment.method))];
  const means = methods.map((method) => {
    const ofMethod = pairs.filter((pair) => pair.experiment.method === method);
    // Titles are the case, a comma, and the baseline.
    const parts = ofMethod.map(({ experiment: { title } }) => [title.slice(0, title.indexOf(',')), title] as const);
    const [first, title] = parts[0];
    return row(`mean over ${parts.map(([name]) => name).join(', ')}${title.slice(first.length)}`, ofMethod);
  });
  const header = ['baseline', 'our MCC', 'its MCC', 'difference', 'at least 0.1', 'ours, corrected', 'its, corrected'];
  return [
    '### Differences from the baselines',
    '',
    line(header),
    line(header.map(() => '---')),
    ...pairs.map((pair) => row(pair.experiment.title, [pair])),
    ...means,
    '',
  ].join('\n');
}

export function spreadText({ mean, sd }: Spread, digits: number): string {
  return sd === null ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${sd.toFixed(digits)}`;
}

/** Returns the verdict if all data sets agree, otherwise the count of each verdict. */
function conditionText(conditions: readonly SparsityCondition[]): string {
  const counts = SPARSITY_CONDITIONS.map((name) => ({ name, count: conditions.filter((c) => c === name).length }));
  const present = counts.filter(({ count }) => count > 0);
  return present.length === 1 ? present[0].name : present.map(({ name, count }) => `${name} ${count}`).join(', ');
}

function reachText({ mcc, worst, r2, shd }: Figures): string {
  const mccText = worst === undefined ? atLeast(mcc) : `${atLeast(mcc)}, worst ${atLeast(worst)}`;
  return `${mccText} / ${atLeast(r2)} / ${shd === undefined ? '–' : `≤ ${shd}`}`;
}

function atLeast(value: number | undefined): string {
  return value === undefined ? '–' : `≥ ${value}`;
}

function number(value: number | undefined): string {
  return value === undefined ? '–' : String(value);
}

export function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
