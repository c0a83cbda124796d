// interlatent export RUN --format onnx --out model.onnx: the encoders for other programs (docs/export.md).

import { Command, Option } from 'commander';
import { EXPORT_FORMATS, type ExportFormat } from '../exchange/write.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { print } from './output.js';

export function exportCommand(): Command {
  return new Command('export')
    .description('write the encoders of a RUN for other programs: columns in, latents out, standardisation included')
    .argument('<run>', 'RUN folder of a fit')
    .addOption(
      new Option('--format <format>', 'onnx: one file; python: a folder with safetensors, JSON and a reader in NumPy')
        .choices(EXPORT_FORMATS)
        .makeOptionMandatory(),
    )
    .requiredOption('--out <path>', 'the file, or the folder')
    .option('--licence <text>', 'the licence under which the model is given away, as CC-BY-4.0')
    .action(async (run: string, { format, out, licence }: { format: ExportFormat; out: string; licence?: string }) => {
      await using model = await MultimodalCausalModel.load(run);
      await model.export(out, { format, licence });
      print(`Written to ${out}`);
    });
}
