// Compares wide and small studies with linear methods, in a table and a drawing: means over seeds, in per cent.

import { join } from 'node:path';
import { writeFileAtomic } from '../../src/files/atomic.js';
import { LINEAR_METHODS, type LinearMethodName } from '../../src/linear/index.js';
import { dotsSvg } from './results-svg.js';
import { spread, type Spread } from './summary.js';
import { line, spreadText } from './tables.js';
import type { WideStudy } from './wide-studies.js';
import type { WideRecord } from './wide.js';
import { runText, type RunDescription } from './write-results.js';

/** Points of R² by which our mean may be below that of the best linear method. */
const REACH = 0.5;
/** Points of R² by which our mean is clearly above that of the best linear method. */
const AHEAD = 1;

/** Minimal difference that counts, in points of R²: the last digit of the table. */
const MIN_AHEAD = 0.1;

const TITLE = 'Held-out R² (%) of latents and of linear methods, on wide and small studies';

/** Results of a study with a number of latents, in one direction. R² in per cent, over the seeds that have a record. */
export interface WideCell {
  readonly study: WideStudy;
  readonly from: string;
  readonly to: string;
  readonly subjects: WideRecord['subjects'];
  readonly ours: Spread;
  readonly linear: readonly { readonly method: LinearMethodName; readonly r2: Spread }[];
  /** Best mean of a linear method; null if none was fitted. */
  readonly best: number | null;
  /** R² of the method with the best mean minus ours, in points, for each seed. */
  readonly behind: Spread | null;
  readonly met: boolean | null;
}

/** Returns the results of all studies. @param studies those without a record have no cell */
export function wideCells(studies: readonly WideStudy[], records: readonly WideRecord[]): WideCell[] {
  return studies.flatMap((study) => {
    const fits = records.filter(({ experiment }) => experiment === study.id);
    return (fits.at(0)?.directions ?? []).map((_, direction) => cellOf(study, fits, direction));
  });
}

function cellOf(study: WideStudy, records: readonly WideRecord[], direction: number): WideCell {
  const directions = records.map((record) => record.directions[direction]);
  const [{ from, to }] = directions;
  const ours = spread(directions.map(({ latents }) => 100 * latents));
  const linear = LINEAR_METHODS.flatMap((method) => {
    const values = directions.flatMap((one) => one.linear.filter((each) => each.method === method));
    return values.length === 0 ? [] : [{ method, r2: spread(values.map(({ heldOut }) => 100 * heldOut)) }];
  });
  const best = linear.length === 0 ? null : linear.reduce((a, b) => (b.r2.mean > a.r2.mean ? b : a)).r2;
  const behind = best && spread(best.values.map((value, seed) => value - ours.values[seed]));
  return {
    study,
    from,
    to,
    subjects: records[0].subjects,
    ours,
    linear,
    best: best && best.mean,
    behind,
    met: behind && behind.mean <= REACH,
  };
}

/** Writes wide.md and wide.svg. @returns the paths */
export async function writeWide(
  out: string,
  studies: readonly WideStudy[],
  records: readonly WideRecord[],
  description: Pick<RunDescription, 'command' | 'threads'>,
): Promise<string[]> {
  const cells = wideCells(studies, records);
  const files = { 'wide.md': wideMarkdown(cells, records, description), 'wide.svg': wideSvg(cells) };
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(out, name), text);
  return Object.keys(files).map((name) => join(out, name));
}

/** Returns how often ours is better than the best linear method, and how often by more than the seeds differ. */
export function aheadText(cells: readonly WideCell[]): string {
  const ahead = cells.filter(({ behind }) => behind !== null && behind.mean <= -MIN_AHEAD);
  const clear = ahead.filter(({ behind }) => behind!.sd !== null && -behind!.mean > behind!.sd);
  return (
    `**Our R² exceeds that of the best linear method by ${MIN_AHEAD} points or more in ${ahead.length} of ` +
    `${cells.length} rows, in ${clear.length} of them by more than a standard deviation over seeds.**`
  );
}

function wideMarkdown(
  cells: readonly WideCell[],
  records: readonly WideRecord[],
  description: Pick<RunDescription, 'command' | 'threads'>,
): string {
  const seconds = records.reduce((sum, record) => sum + record.seconds, 0);
  const met = cells.filter((cell) => cell.met).length;
  const ahead = cells.filter(({ behind }) => behind !== null && behind.mean <= -AHEAD).length;
  return [
    `# ${TITLE}`,
    '',
    runText(description, records.length, seconds),
    '',
    'k latents of one modality predict all columns of the other one in held-out subjects; R² is over all columns ' +
      'together. Fits have default settings and no evidence. The linear methods are those that `fit` compares with, ' +
      'on the same subjects. Cross-validation among training subjects chooses their settings. At most about 4,000 ' +
      'evenly spaced held-out subjects are measured.',
    '',
    `Values are means ± standard deviations over seeds, each with another split and fit. Reach: in every row, our ` +
      `mean is at most ${REACH} points below the best mean of a linear method. ` +
      `Met in ${met} of ${cells.length} rows. Better by ${AHEAD} point or more in ${ahead}.`,
    '',
    aheadText(cells),
    '',
    wideTable(cells),
    '',
    `![${TITLE}](wide.svg)`,
    '',
  ].join('\n');
}

export function wideTable(cells: readonly WideCell[]): string {
  const header = [
    'study',
    'k',
    'from → to',
    'training / validation / test',
    'seeds',
    ...LINEAR_METHODS,
    'ours',
    'best minus ours',
    'met',
  ];
  const rows = cells.map(({ study, from, to, subjects, ours, linear, behind, met }) => [
    study.title,
    String(study.latents),
    `${from} → ${to}`,
    `${subjects.train} / ${subjects.validation} / ${subjects.test}`,
    String(ours.values.length),
    ...LINEAR_METHODS.map((name) => linear.find(({ method }) => method === name)?.r2.mean.toFixed(1) ?? '–'),
    spreadText(ours, 1),
    behind === null ? '–' : spreadText(behind, 1),
    met === null ? '–' : met ? 'yes' : 'no',
  ]);
  return [header, header.map(() => '---'), ...rows].map(line).join('\n');
}

function wideSvg(cells: readonly WideCell[]): string {
  const titleOf = ({ study, from, to }: WideCell) => `${from} → ${to}, ${study.train} train, k ${study.latents}`;
  const values = cells.flatMap(({ ours, best }) => [...ours.values, best ?? 0]);
  const means = cells.map((cell) => `${titleOf(cell)}: ${cell.ours.mean.toFixed(1)}`).join('; ');
  return dotsSvg(
    cells.map((cell) => ({ title: titleOf(cell), spread: cell.ours, marks: [cell.best ?? undefined] })),
    {
      title: TITLE,
      description: `R² in % of held-out subjects. ${means}.`,
      range: [Math.floor(Math.min(0, ...values) / 10) * 10, Math.ceil(Math.max(...values) / 10) * 10],
      digits: 1,
      marks: ['best linear method'],
    },
  );
}
