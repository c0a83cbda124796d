// interlatent export RUN --format onnx --out model.onnx: exports the encoders to other programs
// (docs/how-to/export.md). With --splits it exports the subjects of a study for other methods
// (docs/reference/comparison.md).

import { Command, Option } from 'commander';
import { InputError } from '../errors/errors.js';
import { EXPORT_FORMATS, type ExportFormat } from '../exchange/write.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { readStudy } from '../study/study.js';
import { print } from './output.js';
import { describe } from './help.js';

interface Flags {
  format?: ExportFormat;
  out: string;
  licence?: string;
  splits?: boolean;
}

export function exportCommand(): Command {
  const command = new Command('export')
    .argument('<run>', 'RUN folder of a fit. With --splits: study file (YAML or JSON).')
    .addOption(
      new Option(
        '--format <format>',
        'Format. onnx: one file; python: a folder with safetensors, JSON and a NumPy reader.',
      ).choices(EXPORT_FORMATS),
    )
    .requiredOption('--out <path>', 'File or folder to write.')
    .option('--licence <text>', 'Licence of the exported model, as in CC-BY-4.0.')
    .option('--splits', 'Write the subjects of a study: standardised values, missing cells, splits.');
  return describe(command, {
    group: 'fit',
    summary: 'write the encoders, or the subjects of a study, for other programs',
    description:
      'Writes the encoders of a fit for other programs: columns in, latents out, standardisation included. With ' +
      '--splits it writes the subjects of a study as every method of `interlatent compare` sees them.',
    examples: [
      'interlatent export runs/study --format onnx --out study.onnx',
      'interlatent export runs/study --format python --out study-python',
      ['interlatent export study.yaml --splits --out subjects', 'subjects.npz and study.json for another method'],
    ],
    details: ['docs/reference/comparison.md describes the files of --splits.'],
  }).action(async (path: string, flags: Flags) => {
    if (flags.splits) await exportStudy(path, flags);
    else await exportModel(path, flags);
  });
}

async function exportModel(run: string, { format, out, licence }: Flags): Promise<void> {
  if (format === undefined) {
    throw new InputError(
      'invalid-option',
      `export needs --format ${EXPORT_FORMATS.join(' or --format ')} for a RUN folder, or --splits for a study file`,
    );
  }
  await using model = await MultimodalCausalModel.load(run);
  await model.export(out, { format, licence });
  print(`Written to ${out}`);
}

async function exportStudy(path: string, { format, out, licence }: Flags): Promise<void> {
  if (format !== undefined || licence !== undefined) {
    throw new InputError(
      'invalid-option',
      '--format and --licence belong to a RUN folder. Leave them out for --splits',
    );
  }
  const { comparedData, exportSplits } = await import('../comparison/index.js');
  const { name, dataset } = await readStudy(path);
  await exportSplits(out, name, comparedData(dataset));
  print(`Written to ${out}: subjects.npz, study.json`);
}
