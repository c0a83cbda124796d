// Tabulates fits of simulated data with observed causes over data seeds, with the figures to reach.

import { join } from 'node:path';
import { writeFileAtomic } from '../../src/files/atomic.js';
import { targetScore } from './cause-figures.js';
import { CAUSE_PAGES, minR2, type CausePage, type CauseReach, type CauseRecord, type CauseStudy } from './causes.js';
import { shareInterval } from './share-interval.js';
import { spread } from './summary.js';
import { line, spreadText } from './tables.js';
import { runText, type RunDescription } from './write-results.js';

/** Writes PAGE.md for each page with a record. @returns the paths */
export async function writeCauses(
  out: string,
  studies: readonly CauseStudy[],
  records: readonly CauseRecord[],
  description: Pick<RunDescription, 'command' | 'threads'>,
): Promise<string[]> {
  const written: string[] = [];
  for (const page of Object.keys(CAUSE_PAGES) as CausePage[]) {
    const ofPage = studies.filter((study) => study.page === page);
    const ids = ofPage.map(({ id }) => id);
    const some = records.filter(({ experiment }) => ids.includes(experiment));
    if (some.length === 0) continue;
    const path = join(out, `${page}.md`);
    await writeFileAtomic(path, pageText(page, ofPage, some, description));
    written.push(path);
  }
  return written;
}

function pageText(
  page: CausePage,
  studies: readonly CauseStudy[],
  records: readonly CauseRecord[],
  description: Pick<RunDescription, 'command' | 'threads'>,
): string {
  const seconds = records.reduce((sum, record) => sum + record.seconds, 0);
  const seeds = records.map(({ seed }) => seed);
  return [
    `# ${CAUSE_PAGES[page]}`,
    '',
    runText(description, records.length, seconds),
    '',
    `Data seeds ${Math.min(...seeds)} to ${Math.max(...seeds)}, on test subjects, with default settings. Constants ` +
      'were settled on other seeds. MCC: mean |Spearman| of the true latents, matched within modalities; exogenous ' +
      'variables are matched too, and do not count. Chance: the mean MCC of a random rotation of true latents and ' +
      'exogenous variables. Minimal R²: that of the true latent that the fitted ones of its modality explain least ' +
      '(kernel ridge regression). Ceiling: the mean |Spearman| of the true latents and their prediction from all ' +
      'columns, by least squares on the true latents of training subjects. SHD: wrong edges among latents, a ' +
      'reversed one counts 1. Targets: F1 of the edges from levels to latents. Shares have Wilson’s 95 % intervals.',
    '',
    causeTable(studies, records),
    '',
    '| study | seed | MCC | ceiling | worst latent | minimal R² | SHD | targets F1 | seconds |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...records.map(({ experiment, seed, mcc, ceiling, worst, latents, shd, trueEdges, targets, seconds: time }) =>
      line([
        experiment,
        String(seed),
        mcc.toFixed(3),
        ceiling?.toFixed(3) ?? '–',
        worst.toFixed(3),
        minR2({ latents }).toFixed(3),
        `${shd} of ${trueEdges}`,
        targetScore(targets).toFixed(2),
        time.toFixed(0),
      ]),
    ),
    '',
  ].join('\n');
}

/** Returns a table with a row for each study. */
export function causeTable(studies: readonly CauseStudy[], records: readonly CauseRecord[]): string {
  const header = [
    'study',
    'data sets',
    'MCC',
    'ceiling',
    'worst data set',
    'chance',
    'SHD',
    'without wrong edges',
    'targets F1',
    'reach',
    'met',
    'seconds',
  ];
  const rows = studies.flatMap((study) => {
    const some = records.filter(({ experiment }) => experiment === study.id);
    return some.length === 0 ? [] : [rowOf(study, some)];
  });
  return [header, header.map(() => '---'), ...rows].map(line).join('\n');
}

function rowOf({ title, reach, dataSets }: CauseStudy, records: readonly CauseRecord[]): string[] {
  const all = (figure: (record: CauseRecord) => number) => spread(records.map(figure));
  const mcc = all((record) => record.mcc);
  const right = records.filter(({ shd }) => shd === 0).length;
  return [
    title,
    String(records.length),
    spreadText(mcc, 3),
    belowCeiling(records) === undefined ? '–' : all(({ ceiling = NaN }) => ceiling).mean.toFixed(3),
    Math.min(...mcc.values).toFixed(3),
    all(({ chance }) => chance).mean.toFixed(3),
    spreadText(
      all(({ shd }) => shd),
      1,
    ),
    `${right} (${shareInterval(right, records.length)})`,
    spreadText(
      all(({ targets }) => targetScore(targets)),
      2,
    ),
    reach ? reachText(reach, dataSets) : '–',
    reach && records.length >= dataSets ? (isMet(reach, records.slice(0, dataSets)) ? 'yes' : 'no') : '–',
    spreadText(
      all(({ seconds }) => seconds),
      0,
    ),
  ];
}

/** Returns the mean difference between ceiling and MCC; undefined if a record has no ceiling. */
function belowCeiling(records: readonly CauseRecord[]): number | undefined {
  const differences = records.map(({ ceiling, mcc }) => (ceiling === undefined ? undefined : ceiling - mcc));
  const known = differences.filter((difference) => difference !== undefined);
  return known.length === records.length ? spread(known).mean : undefined;
}

function reachText({ mcc, worst, shd, belowCeiling: below }: CauseReach, dataSets: number): string {
  return [
    ...(mcc === undefined ? [] : [`MCC ≥ ${mcc}`]),
    ...(below === undefined ? [] : [`MCC within ${below} of the ceiling`]),
    ...(worst === undefined ? [] : [`worst ≥ ${worst}`]),
    ...(shd ? [`SHD ${shd.max === 0 ? '0' : `≤ ${shd.max}`} in ≥ ${shd.minSets} of ${dataSets}`] : []),
  ].join(', ');
}

function isMet({ mcc = 0, worst = 0, shd, belowCeiling: below }: CauseReach, records: readonly CauseRecord[]): boolean {
  const values = records.map((record) => record.mcc);
  return (
    spread(values).mean >= mcc &&
    Math.min(...values) >= worst &&
    (below === undefined || (belowCeiling(records) ?? Infinity) <= below) &&
    (!shd || records.filter((record) => record.shd <= shd.max).length >= shd.minSets)
  );
}
