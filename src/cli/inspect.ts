// interlatent inspect STUDY: a dry run. Reads everything, trains nothing.

import { Command } from 'commander';
import { readStudy } from '../data/study.js';
import type { Inspection, ModalityReport } from '../data/inspection.js';
import { fitConfig } from '../training/config.js';
import { modalityShapes, trainingProgram } from '../training/program.js';
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
      const { training } = config;
      const settings = fitConfig({ ...training, sparsity: config.sparsity });
      const program = trainingProgram(modalityShapes(dataset), settings, {
        rows: dataset.ids.length,
        train: dataset.split.train.length,
        validation: dataset.split.validation.length,
      });
      const loaded = Program.load(program.compiled);
      const memory = loaded.memory();
      await loaded.dispose();
      if (options.json) {
        printJson({ ...inspection, training: settings, memory });
        return;
      }
      printInspection(inspection);
      print(
        `\nA fit: ${settings.runs} runs, ${settings.epochs} epochs of ${program.batches} steps, batch ${program.batch}`,
      );
      print(
        `Memory: ${bytes(memory.total)} (data ${bytes(memory.data)}, parameters with gradients and moments ` +
          `${bytes(memory.parameters + memory.gradients + memory.moments)}, activations ${bytes(memory.activations)})`,
      );
    });
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
  if (modality.absent > 0)
    print(`  dropped: ${modality.absent} subjects of other modalities that this one does not have`);
  if (modality.incomplete > 0) {
    const worst = modality.missing.slice(0, 5).map(({ column, subjects }) => `${column} ${subjects}`);
    print(`  dropped: ${modality.incomplete} subjects that lack a value; most in ${worst.join(', ')}`);
  }
  if (modality.textColumns.length > 0) print(`  left out, not numeric: ${modality.textColumns.join(', ')}`);
  for (const [a, b] of modality.duplicates) print(`  note: ${a} and ${b} hold the same values`);
}
