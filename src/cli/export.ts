// interlatent export RUN --format onnx --out model.onnx: exports the encoders to other programs
// (docs/how-to/export.md).

import { Command, Option } from 'commander';
import { EXPORT_FORMATS, type ExportFormat } from '../exchange/write.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { print } from './output.js';
import { describe } from './help.js';

export function exportCommand(): Command {
  const command = new Command('export')
    .argument('<run>', 'RUN folder of a fit.')
    .addOption(
      new Option(
        '--format <format>',
        'Format. onnx: one file; python: a folder with safetensors, JSON and a NumPy reader.',
      )
        .choices(EXPORT_FORMATS)
        .makeOptionMandatory(),
    )
    .requiredOption('--out <path>', 'File or folder to write.')
    .option('--licence <text>', 'Licence of the exported model, as in CC-BY-4.0.');
  return describe(command, {
    group: 'fit',
    summary: 'write the encoders for ONNX or NumPy',
    description: 'Writes the encoders of a fit for other programs: columns in, latents out, standardisation included.',
    examples: [
      'interlatent export runs/study --format onnx --out study.onnx',
      'interlatent export runs/study --format python --out study-python',
    ],
  }).action(async (run: string, { format, out, licence }: { format: ExportFormat; out: string; licence?: string }) => {
    await using model = await MultimodalCausalModel.load(run);
    await model.export(out, { format, licence });
    print(`Written to ${out}`);
  });
}
