// interlatent encode RUN STUDY --out latents.csv: latents of every subject of a study, in its order.

import { Command } from 'commander';
import { readStudy } from '../data/study.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { writeLatents } from './latents-file.js';
import { print, printJson } from './output.js';
import { jsonOption } from './settings.js';

export function encodeCommand(): Command {
  return new Command('encode')
    .description('latents of every subject of a study, by a fitted model')
    .argument('<run>', 'RUN folder of a fit')
    .argument('<study>', 'study file with the same modalities and columns; the model’s own standardisation is applied')
    .requiredOption('--out <file>', 'CSV to write: id, then <modality>.z1 …')
    .addOption(jsonOption())
    .action(async (run: string, path: string, options: { out: string; json?: boolean }) => {
      const model = await MultimodalCausalModel.load(run);
      try {
        const { dataset, config } = await readStudy(path, { scales: model.columnScales });
        const latents = await model.encode(dataset);
        await writeLatents(options.out, config.id, dataset.ids, latents);
        const columns = model.graph.nodes.map((node) => node.name);
        if (options.json) printJson({ out: options.out, subjects: dataset.ids.length, columns });
        else print(`${dataset.ids.length} subjects × ${columns.length} latents written to ${options.out}`);
      } finally {
        await model.dispose();
      }
    });
}
