// interlatent export RUN --format onnx --out model.onnx: exports the encoders to other programs
// (docs/how-to/export.md). With --splits it exports the subjects of a study for other methods
// (docs/reference/comparison.md).

import { Command, Option } from 'commander';
import { InputError } from '../errors/errors.js';
import { EXPORT_FORMATS, type ExportFormat } from '../exchange/write.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { readStudy } from '../study/study.js';
import { exportResults, isResultFormat, RESULT_FORMATS, type ResultFormat } from './export-results.js';
import { print } from './output.js';
import { describe } from './help.js';

const FORMATS = [...EXPORT_FORMATS, ...RESULT_FORMATS];

interface Flags {
  format?: ExportFormat | ResultFormat;
  out: string;
  licence?: string;
  study?: string;
  sets?: readonly string[];
  splits?: boolean;
}

export function exportCommand(): Command {
  const command = new Command('export')
    .argument('<run>', 'RUN folder of a fit. With --splits: study file (YAML or JSON).')
    .addOption(
      new Option(
        '--format <format>',
        'Format. Encoders: onnx (one file), python (a folder with safetensors, JSON and a NumPy reader). Results: ' +
          'h5ad, h5mu (data, latents, loadings and graph for scanpy and muon), xlsx (all result tables).',
      ).choices(FORMATS),
    )
    .requiredOption('--out <path>', 'File or folder to write.')
    .option('--licence <text>', 'Licence of exported encoders, as in CC-BY-4.0.')
    .option(
      '--study <file>',
      'Study file of the subjects of exported results (default: the one that RUN was fitted on).',
    )
    .option('--sets <files...>', 'GMT files with gene sets, for the table enrichment of exported results.')
    .option('--splits', 'Write the subjects of a study: standardised values, missing cells, splits.');
  return describe(command, {
    description:
      'Writes the encoders of a fit (columns in, latents out, standardisation included), or its results, for other ' +
      'programs. With --splits it writes the subjects of a study as every method of `interlatent compare` sees them.',
    examples: [
      'interlatent export runs/study --format onnx --out study.onnx',
      'interlatent export runs/study --format python --out study-python',
      ['interlatent export runs/study --format h5mu --out study.h5mu', 'data and results for muon'],
      ['interlatent export runs/study --format xlsx --out study.xlsx', 'a workbook with all result tables'],
      [
        'interlatent export runs/study --format xlsx --sets hallmark.gmt --out study.xlsx',
        'also the table of gene sets',
      ],
      ['interlatent export study.yaml --splits --out subjects', 'subjects.npz and study.json for another method'],
    ],
    details: [
      'A .h5ad or .h5mu file contains the data and the ids of all subjects.',
      'docs/reference/comparison.md describes the files of --splits.',
    ],
  }).action(async (path: string, flags: Flags) => {
    if (flags.splits) await exportStudy(path, flags);
    else await exportModel(path, flags);
  });
}

async function exportModel(run: string, { format, out, licence, study, sets }: Flags): Promise<void> {
  if (format === undefined) {
    throw new InputError(
      'invalid-option',
      `export needs --format ${FORMATS.join(' or --format ')} for a RUN folder, or --splits for a study file`,
    );
  }
  if (isResultFormat(format)) {
    if (licence !== undefined) throw misplaced('--licence', 'encoders (--format onnx or python)');
    await exportResults(run, format, { out, study, sets });
    return;
  }
  const results = 'results (--format h5ad, h5mu or xlsx)';
  if (study !== undefined) throw misplaced('--study', results);
  if (sets !== undefined) throw misplaced('--sets', results);
  await using model = await MultimodalCausalModel.load(run);
  await model.export(out, { format, licence });
  print(`Written to ${out}`);
}

function misplaced(option: string, what: string): InputError {
  return new InputError('invalid-option', `${option} belongs to exported ${what}. Leave it out.`);
}

async function exportStudy(path: string, { format, out, licence, study, sets }: Flags): Promise<void> {
  if ([format, licence, study, sets].some((option) => option !== undefined)) {
    throw new InputError(
      'invalid-option',
      '--format, --licence, --study and --sets belong to a RUN folder. Leave them out for --splits',
    );
  }
  const { comparedData, exportSplits } = await import('../comparison/index.js');
  const { name, dataset } = await readStudy(path);
  await exportSplits(out, name, comparedData(dataset));
  print(`Written to ${out}: subjects.npz, study.json`);
}
