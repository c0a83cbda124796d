// Tabulates the results for images and series with known latents, as means over data seeds.

import { join } from 'node:path';
import { BASELINES } from '../baselines/index.js';
import { writeFileAtomic } from '../../src/files/atomic.js';
import type { KnownTruthRecord, KnownTruthStudy } from './known-truth.js';
import type { BaselineRecord } from './known-truth-baselines.js';
import type { KnownTruthFigures } from './known-truth-figures.js';
import { correctedSpread, spread } from './summary.js';
import { line, PAPER_DATA, spreadText } from './tables.js';
import { runText, type RunDescription } from './write-results.js';

/** A page of results. */
export interface KnownTruthPage {
  /** Name of its file, without `.md`. */
  readonly name: string;
  readonly title: string;
  /** First data seed of reported figures. Constants were chosen on lower seeds. */
  readonly firstSeed: number;
  /** Heading of the column that names the rows. */
  readonly rows: string;
  /** Names of the latents. */
  readonly latents: readonly string[];
  /** The first latents of the modalities, for the sentence about the floor. */
  readonly floor: string;
  /** Text below the table. */
  readonly remarks: string;
}

export interface KnownTruthResults {
  readonly studies: readonly KnownTruthStudy[];
  readonly records: readonly KnownTruthRecord[];
  /** Studies and records of the baselines, which have no prior knowledge. Default: none. */
  readonly baselines?: {
    readonly studies: readonly KnownTruthStudy[];
    readonly records: readonly BaselineRecord[];
  };
}

/** Writes NAME.md. @returns its path */
export async function writeKnownTruth(
  out: string,
  page: KnownTruthPage,
  results: KnownTruthResults,
  description: Pick<RunDescription, 'command' | 'threads'>,
): Promise<string> {
  const { records, baselines } = results;
  const all = [...records, ...(baselines?.records ?? [])];
  const seconds = all.reduce((sum, record) => sum + record.seconds, 0);
  const path = join(out, `${page.name}.md`);
  const text = [
    `# ${page.title}`,
    '',
    runText(description, all.length, seconds),
    '',
    `Data seeds ${[...new Set(all.map(({ seed }) => seed))].join(', ')}. ` +
      'Values are means ± standard deviations over data seeds, on test subjects, with default settings. Only ' +
      'validation subjects choose the epoch and the restart. MCC: Spearman, matched within modalities. R² of each ' +
      'latent: kernel ridge regression on the latents of its modality. Bound: the same encoders, trained on the true ' +
      `latents. Floor: ${page.floor} Chance: the mean MCC of a random rotation of the true latents within each ` +
      'modality. Corrected: (MCC − chance)/(1 − chance) (docs/how-to/evaluate.md). ' +
      'The paper’s numbers refer to other images.',
    '',
    knownTruthTable(page, results),
    '',
    page.remarks,
    '',
    ...(baselines && baselines.records.length > 0
      ? ['## Baselines', '', BASELINE_REMARKS, '', baselineTable(page, baselines), '']
      : []),
  ].join('\n');
  await writeFileAtomic(path, text);
  return path;
}

export function knownTruthTable(page: KnownTruthPage, { studies, records }: KnownTruthResults): string {
  const { latents } = page;
  const header = [
    page.rows,
    'seeds',
    'MCC',
    'chance',
    'corrected',
    'R²',
    ...latents.map((name) => `R² of ${name}`),
    'SHD across, within',
    `bound (R² ${latents.join(', ')})`,
    'floor (MCC, R²)',
    'reach',
    'met',
    'seconds',
  ];
  const rows = studies.flatMap((study) => {
    const fits = records.filter(({ experiment }) => experiment === study.id);
    if (fits.length === 0) return [];
    return [rowOf(study, fits, latents), ...(study.paper ? [paperRow(study, header.length)] : [])];
  });
  return [header, header.map(() => '---'), ...rows].map(line).join('\n');
}

const BASELINE_REMARKS =
  'The baselines use the same encoders and decoders, without the knowledge that latents are shift-invariant. The ' +
  'table reports the value of a swept setting with the best mean MCC. The truth selects it, an advantage that our ' +
  'fit does not have. β-VAE per modality has one latent for each of our latents and private noises, of which the ' +
  'assignment takes the best. β-VAE concatenated and CausalVAE without labels do not separate modalities and are ' +
  'matched over all latents. Group factor analysis offers every modality all of its factors. All methods have the ' +
  'number of restarts of our fits; validation subjects choose among them. docs/explanation/baselines.md has the ' +
  'losses. Seconds are for all values of the setting together.';

export function baselineTable(
  { rows, latents }: KnownTruthPage,
  { studies, records }: NonNullable<KnownTruthResults['baselines']>,
): string {
  const header = [
    rows,
    'baseline',
    'seeds',
    'MCC',
    'chance',
    'corrected',
    'R²',
    ...latents.map((name) => `R² of ${name}`),
    'setting',
    'seconds',
  ];
  const lines = studies.flatMap((study) =>
    Object.entries(BASELINES).flatMap(([method, { title }]) => {
      const fits = records.filter((record) => record.experiment === study.id && record.method === method);
      if (fits.length === 0) return [];
      const swept = fits[0].sweep.map(({ setting }) => {
        const figures = fits.flatMap(({ sweep }) => sweep.filter((one) => one.setting === setting));
        return { setting, figures, mcc: spread(figures.map(({ mcc }) => mcc)) };
      });
      const { setting, figures, mcc } = swept.reduce((a, b) => (b.mcc.mean > a.mcc.mean ? b : a));
      const text = (of: (one: KnownTruthFigures) => number) => spreadText(spread(figures.map(of)), 3);
      return [
        [
          study.title,
          title,
          String(fits.length),
          spreadText(mcc, 3),
          ...chanceCells(figures),
          text(({ r2 }) => r2),
          ...latents.map((_, k) => text((one) => one.latents[k].r2)),
          setting,
          spreadText(spread(fits.map(({ seconds }) => seconds)), 0),
        ],
      ];
    }),
  );
  return [header, header.map(() => '---'), ...lines].map(line).join('\n');
}

/** Returns the row of the paper's numbers, which refer to other data. */
function paperRow({ title, paper }: KnownTruthStudy, columns: number): string[] {
  const cells = [`${title}: ${PAPER_DATA}`, '–', String(paper?.mcc ?? '–'), '–', '–', String(paper?.r2 ?? '–')];
  return [...cells, ...new Array<string>(columns - cells.length).fill('–')];
}

function chanceCells(figures: readonly KnownTruthFigures[]): string[] {
  const corrected = correctedSpread(figures);
  const chance = spread(figures.map((one) => one.chance)).mean.toFixed(3);
  return [chance, corrected === null ? '–' : spreadText(corrected, 3)];
}

function rowOf(
  { title, reach }: KnownTruthStudy,
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
    ...chanceCells(records.map(({ ours }) => ours)),
    spreadText(r2, 3),
    ...latents.map((_, k) => spreadText(r2Of(k), 3)),
    `${spreadText(shd, 1)}, ${spreadText(within, 1)}`,
    latents.map((_, k) => over(({ bound }) => bound.latents[k].r2).mean.toFixed(3)).join(', '),
    `${over(({ floor }) => floor.mcc).mean.toFixed(3)}, ${over(({ floor }) => floor.r2).mean.toFixed(3)}`,
    reach ? `${reach.mcc}, ${reach.r2}, SHD ${reach.shd}` : '–',
    isMet === undefined ? '–' : isMet ? 'yes' : 'no',
    spreadText(
      over(({ seconds }) => seconds),
      0,
    ),
  ];
}
