// Pictures and series with known latents as a table: means over data seeds.

import { join } from 'node:path';
import { writeFileAtomic } from '../files/atomic.js';
import type { KnownTruthRecord, KnownTruthStudy } from './known-truth.js';
import { spread } from './summary.js';
import { line, spreadText } from './tables.js';
import { runText, type RunDescription } from './write-results.js';

/** A page of results. */
export interface KnownTruthPage {
  /** Of its file, without `.md`. */
  readonly name: string;
  readonly title: string;
  /** What the rows of the table are called. */
  readonly rows: string;
  /** Names of the latents. */
  readonly latents: readonly string[];
  /** What the first latents of the modalities are, for the sentence about the floor. */
  readonly floor: string;
  /** What is said below the table. */
  readonly remarks: string;
}

export interface KnownTruthResults {
  readonly studies: readonly KnownTruthStudy[];
  readonly records: readonly KnownTruthRecord[];
}

/** Writes NAME.md. @returns its path */
export async function writeKnownTruth(
  out: string,
  page: KnownTruthPage,
  results: KnownTruthResults,
  description: Omit<RunDescription, 'quick'>,
): Promise<string> {
  const { records } = results;
  const seconds = records.reduce((sum, record) => sum + record.seconds, 0);
  const path = join(out, `${page.name}.md`);
  const text = [
    `# ${page.title}`,
    '',
    runText(description, records.length, seconds),
    '',
    `Data seeds ${[...new Set(records.map(({ seed }) => seed))].join(', ')}. ` +
      'Test subjects, mean ± standard deviation over data seeds, default settings, epoch and restart chosen by ' +
      'validation subjects alone. MCC: Spearman, matched within modalities. R² of each latent by kernel ridge from ' +
      'the latents of its modality. Bound: the same encoders, trained on the true latents. ' +
      `Floor: ${page.floor}`,
    '',
    knownTruthTable(page, results),
    '',
    page.remarks,
    '',
  ].join('\n');
  await writeFileAtomic(path, text);
  return path;
}

export function knownTruthTable(page: KnownTruthPage, { studies, records }: KnownTruthResults): string {
  const { latents } = page;
  const header = [
    ...[page.rows, 'seeds', 'MCC', 'R²', ...latents.map((name) => `R² of ${name}`), 'SHD across, within'],
    ...[`bound (R² ${latents.join(', ')})`, 'floor (MCC, R²)', 'paper (MCC, R²)', 'reach', 'met', 'seconds'],
  ];
  const rows = studies.flatMap((study) => {
    const own = records.filter(({ experiment }) => experiment === study.id);
    return own.length === 0 ? [] : [rowOf(study, own, latents)];
  });
  return [header, header.map(() => '---'), ...rows].map(line).join('\n');
}

function rowOf(
  { title, reach, paper }: KnownTruthStudy,
  records: readonly KnownTruthRecord[],
  latents: readonly string[],
): string[] {
  const over = (of: (record: KnownTruthRecord) => number) => spread(records.map(of));
  const [mcc, r2, shd] = [over(({ ours }) => ours.mcc), over(({ ours }) => ours.r2), over((record) => record.shd)];
  const within = over((record) => record.within);
  const isMet =
    reach && mcc.mean >= (reach.mcc ?? 0) && r2.mean >= (reach.r2 ?? 0) && shd.mean <= (reach.shd ?? Infinity);
  const r2Of = (k: number) => over(({ ours }) => ours.latents[k].r2);
  return [
    title,
    String(records.length),
    spreadText(mcc, 3),
    spreadText(r2, 3),
    ...latents.map((_, k) => spreadText(r2Of(k), 3)),
    `${spreadText(shd, 1)}, ${spreadText(within, 1)}`,
    latents.map((_, k) => over(({ bound }) => bound.latents[k].r2).mean.toFixed(3)).join(', '),
    `${over(({ floor }) => floor.mcc).mean.toFixed(3)}, ${over(({ floor }) => floor.r2).mean.toFixed(3)}`,
    paper ? `${paper.mcc ?? '–'}, ${paper.r2 ?? '–'}` : '–',
    reach ? `${reach.mcc}, ${reach.r2}, SHD ${reach.shd}` : '–',
    isMet === undefined ? '–' : isMet ? 'yes' : 'no',
    spreadText(
      over(({ seconds }) => seconds),
      0,
    ),
  ];
}
