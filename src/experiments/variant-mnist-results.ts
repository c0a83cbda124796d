// Variant MNIST as a table: means over data seeds.

import { join } from 'node:path';
import { writeFileAtomic } from '../files/atomic.js';
import { VARIANT_MNIST_LATENTS } from '../simulation/variant-mnist.js';
import { spread } from './summary.js';
import { line, spreadText } from './tables.js';
import type { VariantMnistRecord, VariantMnistStudy } from './variant-mnist.js';
import { runText, type RunDescription } from './write-results.js';

const TITLE = 'Variant MNIST (the paper’s Table 2)';

/** Writes table2.md. @returns its path */
export async function writeVariantMnist(
  out: string,
  studies: readonly VariantMnistStudy[],
  records: readonly VariantMnistRecord[],
  description: Omit<RunDescription, 'quick'>,
): Promise<string> {
  const seconds = records.reduce((sum, record) => sum + record.seconds, 0);
  const path = join(out, 'table2.md');
  const text = [
    `# ${TITLE}`,
    '',
    runText(description, records.length, seconds),
    '',
    'Test subjects, mean ± standard deviation over data seeds, default settings, epoch and restart chosen by ' +
      'validation subjects alone. MCC: Spearman, matched within modalities. R² of each latent by kernel ridge from ' +
      'the latents of its modality. Bound: the same encoders, trained on the true latents. Floor: ĥ and v̂ alone, ' +
      'each taken twice: what a method scores that has not found t and g at all.',
    '',
    variantMnistTable(studies, records),
    '',
    'What the graphs allow. In C both latents of a modality influence the other one, which is the premise of ' +
      'Theorem 4.2. In P nothing of t reaches the other modality beyond h, so no relation between modalities can ' +
      'single t out: (h, what t has beside h) and (h, the style of the digit) fit as well. What makes P possible is ' +
      'the prior knowledge that t and g do not change when the picture is moved; run.json tells it. ' +
      'The paper reports MCC and R² of P about 0.85: the floor shows that this does not say that t was found.',
    '',
  ].join('\n');
  await writeFileAtomic(path, text);
  return path;
}

export function variantMnistTable(
  studies: readonly VariantMnistStudy[],
  records: readonly VariantMnistRecord[],
): string {
  const header = [
    ...['graph', 'seeds', 'MCC', 'R²', ...VARIANT_MNIST_LATENTS.map((name) => `R² of ${name}`), 'SHD across, within'],
    ...['bound (R² h, t, v, g)', 'floor (MCC, R²)', 'paper (MCC, R²)', 'reach', 'met', 'seconds'],
  ];
  const rows = studies.flatMap((study) => {
    const own = records.filter(({ experiment }) => experiment === study.id);
    return own.length === 0 ? [] : [rowOf(study, own)];
  });
  return [header, header.map(() => '---'), ...rows].map(line).join('\n');
}

function rowOf({ title, reach, paper }: VariantMnistStudy, records: readonly VariantMnistRecord[]): string[] {
  const over = (of: (record: VariantMnistRecord) => number) => spread(records.map(of));
  const [mcc, r2, shd] = [over(({ ours }) => ours.mcc), over(({ ours }) => ours.r2), over((record) => record.shd)];
  const within = over((record) => record.within);
  const isMet =
    reach && mcc.mean >= (reach.mcc ?? 0) && r2.mean >= (reach.r2 ?? 0) && shd.mean <= (reach.shd ?? Infinity);
  return [
    title,
    String(records.length),
    spreadText(mcc, 3),
    spreadText(r2, 3),
    ...VARIANT_MNIST_LATENTS.map((_, k) =>
      spreadText(
        over(({ ours }) => ours.latents[k].r2),
        3,
      ),
    ),
    `${spreadText(shd, 1)}, ${spreadText(within, 1)}`,
    VARIANT_MNIST_LATENTS.map((_, k) => over(({ bound }) => bound.latents[k].r2).mean.toFixed(3)).join(', '),
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
