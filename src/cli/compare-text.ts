// The table of a comparison of methods.

import { join } from 'node:path';
import type { ComparedMethod, Comparison } from '../comparison/schema.js';
import { counted, decimals, number } from '../text/numbers.js';
import { print, table, wrapped } from './output.js';

/** Minimum corrected p of a pair that does not count as related. */
const RELATED = 0.05;
const NONE = '–';

export function printComparison(
  { study, subjects, seeds, shuffles, methods, warnings }: Comparison,
  out: string,
): void {
  print(
    `${study}: ${counted(methods.length, 'method')}, ${counted(subjects.train, 'training subject')}, ` +
      `${counted(subjects.test, 'held-out subject')}, ${counted(seeds.length, 'seed')}`,
  );
  print();
  const hasAcross = methods.some(({ across }) => across);
  print(
    table(
      ['method', 'R² within', '±', ...(hasAcross ? ['R² across', '±', 'related'] : []), 'stability', 'seconds', 'MiB'],
      methods.map((method) => [
        method.name,
        ...shareCells(method.within),
        ...(hasAcross ? [...shareCells(method.across), relatedText(method)] : []),
        method.stability === null ? NONE : decimals(method.stability, 3),
        number(method.seconds),
        method.memory === null ? NONE : Math.round(method.memory / 2 ** 20),
      ]),
    ),
  );
  if (shuffles > 0) printShuffled(methods);
  if (methods.some(({ truth }) => truth)) printTruth(methods);
  print();
  const notes = [
    'R²: variance that a linear read-out of the latents of a modality explains in held-out subjects, with its ' +
      'standard error. within: columns of the modality; across: columns of the other modalities.',
    'related: pairs of modalities whose latents are associated. stability: mean |correlation| of latents of two seeds.',
  ];
  for (const note of notes) print(wrapped(note, '  '));
  for (const warning of warnings) print(wrapped(`note: ${warning}`, '  '));
  print(`\nWritten to ${out}: comparison.html, comparison.json, ${join('latents', '*.npz')}`);
}

function printShuffled(methods: readonly ComparedMethod[]): void {
  print('\nThe same methods on shuffled subjects, in whom no modalities are related');
  print(
    table(
      ['method', 'related pairs', 'expected', 'R² across'],
      methods.flatMap(({ name, shuffled }) =>
        shuffled
          ? [
              [
                name,
                ...(shuffled.pairs === 0
                  ? [NONE, NONE]
                  : [`${shuffled.related} of ${shuffled.pairs}`, decimals(RELATED * shuffled.pairs, 1)]),
                shuffled.across === null ? NONE : decimals(shuffled.across, 3),
              ],
            ]
          : [],
      ),
    ),
  );
}

function printTruth(methods: readonly ComparedMethod[]): void {
  print('\nMatch with the true latents');
  print(
    table(
      ['method', 'MCC', 'chance', 'corrected', 'R²', 'SHD', 'by chance'],
      methods.flatMap(({ name, truth }) =>
        truth
          ? [
              [
                name,
                decimals(truth.mcc, 3),
                decimals(truth.chance, 3),
                truth.corrected === null ? NONE : decimals(truth.corrected, 3),
                decimals(truth.r2, 3),
                truth.shd === null ? NONE : number(truth.shd),
                truth.shdChance === null ? NONE : decimals(truth.shdChance, 1),
              ],
            ]
          : [],
      ),
    ),
  );
}

function shareCells(share: ComparedMethod['within']): [string, string] {
  if (!share) return [NONE, NONE];
  return [decimals(share.r2, 3), share.error === null ? NONE : decimals(share.error, 3)];
}

function relatedText({ pairs }: ComparedMethod): string {
  if (pairs.length === 0) return NONE;
  return `${pairs.filter(({ corrected }) => corrected < RELATED).length} of ${pairs.length}`;
}
