// interlatent inspect STUDY: a dry run. Reads everything, trains nothing.

import { Command } from 'commander';
import { readStudy } from '../data/study.js';
import type { Inspection, ModalityReport } from '../data/inspection.js';
import type { Dataset } from '../data/dataset.js';
import { latentLayout } from '../models/layout.js';
import { explorationPart } from '../training/component-part.js';
import { fitConfig, type FitConfig } from '../training/config.js';
import { jointPart, subspacePart } from '../training/joint-part.js';
import type { TrainingPart } from '../training/part.js';
import { modalityShapes } from '../training/program.js';
import { Program } from '../runtime/program.js';
import { bytes, print, printJson, table } from './output.js';
import { jsonOption } from './settings.js';

const MOST_COLUMNS = 40;

export function inspectCommand(): Command {
  return new Command('inspect')
    .description(
      'read a study and say what a fit would see: subjects, joins, missing values, ranges, memory; trains nothing',
    )
    .argument('<study>', 'study file (YAML or JSON)')
    .addOption(jsonOption())
    .action(async (path: string, options: { json?: boolean }) => {
      const { config, dataset, inspection } = await readStudy(path);
      const settings = fitConfig({ ...config.training, sparsity: config.sparsity });
      const parts = await Promise.all(fitParts(dataset, settings).map(describePart));
      if (options.json) {
        printJson({ ...inspection, training: settings, parts });
        return;
      }
      printInspection(inspection);
      print(`\nA ${settings.fit} fit, batch ${settings.batch}:`);
      for (const { name, runs, epochs, stepsPerEpoch, memory } of parts) {
        const passes = `${runs} runs, ${epochs} epochs of ${stepsPerEpoch} steps`;
        const tensors = bytes(memory.parameters + memory.gradients + memory.moments);
        const detail = `data ${bytes(memory.data)}, parameters with gradients and moments ${tensors}, activations ${bytes(memory.activations)}`;
        print(`${name}: ${passes}. Memory: ${bytes(memory.total)} (${detail})`);
      }
    });
}

/** The parts of the fit that take memory and time: those after them train fewer runs. */
function fitParts(dataset: Dataset, config: FitConfig): TrainingPart[] {
  if (config.fit === 'joint') return [jointPart(dataset, config)];
  const modalities = modalityShapes(dataset);
  const values = new Float32Array(dataset.ids.length * latentLayout(modalities).latents);
  return [subspacePart(dataset, config), explorationPart({ modalities, values, split: dataset.split }, config)];
}

async function describePart({ name, runs, epochs, stepsPerEpoch, compiled }: TrainingPart) {
  const program = Program.load(compiled);
  const memory = program.memory();
  await program.dispose();
  return { name, runs, epochs, stepsPerEpoch, memory };
}

function printInspection({ study, known, shared, subjects, parts, modalities }: Inspection): void {
  print(
    `Study ${study}: ${subjects} subjects (${parts.train} train, ${parts.validation} validation, ${parts.test} test)`,
  );
  print(`${known} subjects in any modality, ${shared} in all, ${subjects} without a missing value`);
  for (const modality of modalities) {
    print(
      `\n${modality.name}: ${modality.columns.length} columns → ${modality.latents} latents + ${modality.exogenous} exogenous`,
    );
    printTables(modality);
    const columns = modality.columns.slice(0, MOST_COLUMNS);
    print(
      table(
        ['column', 'min', 'max', 'mean', 'sd', 'skewness', ''],
        columns.map((c) => [c.name, c.min, c.max, c.mean, c.sd, c.skewness, c.logged ? 'log' : '']),
      ),
    );
    if (modality.columns.length > MOST_COLUMNS)
      print(`… and ${modality.columns.length - MOST_COLUMNS} more (--json has all)`);
  }
}

function printTables(modality: ModalityReport): void {
  modality.tables.forEach((stack, part) => {
    const files = stack.map(({ file, rows }) => `${file} (${rows} rows)`).join(' + ');
    print(`  ${files}: ${modality.stacked[part]} subjects`);
  });
  if (modality.tables.length > 1) print(`  joined: ${modality.joined} subjects`);
  if (modality.filtered > 0) print(`  left out by where: ${modality.filtered} rows`);
  if (modality.few > 0) print(`  left out: ${modality.few} subjects with too few rows`);
  for (const { column, filled, below, above } of modality.adjusted) {
    const told = [
      [filled, 'skipped answers filled in'],
      [below, 'below what could be measured'],
      [above, 'above what could be measured'],
    ] as const;
    print(`  ${column}: ${told.flatMap(([number, what]) => (number > 0 ? [`${number} ${what}`] : [])).join(', ')}`);
  }
  if (modality.absent > 0)
    print(`  dropped: ${modality.absent} subjects of other modalities that this one does not have`);
  if (modality.incomplete > 0) {
    const worst = modality.missing.slice(0, 5).map(({ column, subjects }) => `${column} ${subjects}`);
    print(`  dropped: ${modality.incomplete} subjects that lack a value; most in ${worst.join(', ')}`);
  }
  if (modality.textColumns.length > 0) print(`  left out, not numeric: ${modality.textColumns.join(', ')}`);
  for (const [a, b] of modality.duplicates) print(`  note: ${a} and ${b} hold the same values`);
}
