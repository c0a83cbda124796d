// The quality of a fit as tables and warnings.

import { percentText, type Quality, type Warning } from '../quality/index.js';
import { onStdout } from './colors.js';
import { print, table, wrapped } from './output.js';

export function printWarnings(warnings: readonly Warning[]): void {
  for (const { text, items = [] } of warnings) {
    print(wrapped(`${onStdout.yellow('Careful:')} ${text}`));
    for (const item of items) print(wrapped(`  - ${item}`, '    '));
  }
}

/** Prints the shares of variance that a fit explains, without its warnings. */
export function printQuality({ modalities, heldOut }: Quality): void {
  const subjects = heldOut.split === 'test' ? 'test' : 'validation';
  print(`\nExplained variance in ${heldOut.subjects} ${subjects} subjects, and in training subjects`);
  print(
    table(
      ['modality', 'its columns', 'training', 'other modalities', 'training', 'best linear method'],
      modalities.map(({ name, reconstruction, prediction, linear }) => [
        name,
        ...[reconstruction.heldOut, reconstruction.train, prediction.heldOut, prediction.train].map(percentText),
        linear.length === 0 ? '–' : `${percentText(linear[0].heldOut)} ${linear[0].method}`,
      ]),
    ),
  );
  print(wrapped('best linear method: what it explains of the other modalities in the same subjects'));
}
