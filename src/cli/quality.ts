// How good a fit is, as tables and warnings.

import { isDeepStrictEqual } from 'node:util';
import { percentText, type Quality, type Warning } from '../quality/index.js';
import { onStdout } from './colors.js';
import { print, table, wrapped } from './output.js';

export function printWarnings(warnings: readonly Warning[]): void {
  for (const { text, items = [] } of warnings) {
    print(wrapped(`${onStdout.yellow('Careful:')} ${text}`));
    for (const item of items) print(wrapped(`  - ${item}`, '    '));
  }
}

/** @param said warnings that need not be repeated */
export function printQuality({ modalities, heldOut, warnings }: Quality, said: readonly Warning[] = []): void {
  const who = heldOut.part === 'test' ? 'held-out' : 'validation';
  print(`\nExplained variance, all columns together; held out: ${heldOut.subjects} ${who} subjects`);
  print(
    table(
      ['modality', 'own columns', 'held out', "others' columns", 'held out', 'best linear, held out'],
      modalities.map(({ name, own, others, linear }) => [
        name,
        ...[own.train, own.heldOut, others.train, others.heldOut].map(percentText),
        linear.length === 0 ? '–' : `${percentText(linear[0].heldOut)} ${linear[0].method}`,
      ]),
    ),
  );
  printWarnings(warnings.filter((warning) => !said.some((one) => isDeepStrictEqual(one, warning))));
}
