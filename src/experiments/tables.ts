// Results as Markdown: our means ± standard deviations beside chance and the reach. The paper's numbers have rows of
// their own, because they are of another generator's data.

import { isPlainCase } from './definitions.js';
import { FIGURES, type Experiment, type FigureName, type Figures } from './experiment.js';
import { SPARSITY_CONDITIONS, type SparsityCondition } from './sparsity-condition.js';
import { spread, type ExperimentSummary, type Spread } from './summary.js';

/** Its data sets and its generator are not published: the numbers are of other data than the rows beside them. */
export const PAPER_DATA = 'the paper, on its own generator';

/** One figure's table with its heading and notes. */
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
    'best restart ahead by',
    'seconds a fit',
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

/** The paper's number stands once, below the fit with default settings. */
function isPaperRow({ paper, id }: Experiment): boolean {
  return paper !== undefined && !id.endsWith('-tuned');
}

/** Title, fits, MCC, two columns about chance, R². */
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
      ? [`${experiment.title}: SHD of the skeleton; ${reversed.mean.toFixed(1)} edges a data set run the wrong way.`]
      : []),
  ]);
  return lines.length === 0 ? [] : ['', ...lines.map((text) => `- ${text}`)];
}

/** Baselines beside our fit of the same data: how far behind they are, case by case and in the mean over the cases. */
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
  const header = ['baseline', 'our MCC', 'its MCC', 'behind by', 'at least 0.1', 'ours, corrected', 'its, corrected'];
  return [
    '### How far behind the baselines are',
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

/** One word where all data sets agree, else a count of each. */
function conditionText(conditions: readonly SparsityCondition[]): string {
  const counts = SPARSITY_CONDITIONS.map((name) => ({ name, count: conditions.filter((c) => c === name).length }));
  const present = counts.filter(({ count }) => count > 0);
  return present.length === 1 ? present[0].name : present.map(({ name, count }) => `${name} ${count}`).join(', ');
}

function reachText({ mcc, worst, r2, shd }: Figures): string {
  const least = worst === undefined ? atLeast(mcc) : `${atLeast(mcc)}, worst ${atLeast(worst)}`;
  return `${least} / ${atLeast(r2)} / ${shd === undefined ? '–' : `≤ ${shd}`}`;
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
