// interlatent encode RUN STUDY --out latents.csv: the latents of every subject of a study, in the study's order.

import { join } from 'node:path';
import { Command } from 'commander';
import { exists } from '../files/exists.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { chooseDevice, type DeviceName, type MatmulPrecision } from '../runtime/device.js';
import { encodeStudy, type DroppedSubjects } from './encode-study.js';
import { fittedSubjects, inSampleText } from './fitted-subjects.js';
import { OUT_OF_FOLD_FILE } from './latents-file.js';
import { deviceText, print, printJson } from './output.js';
import { printWarnings } from './questions.js';
import { deviceOption, jsonOption, matmulPrecisionOption } from './settings.js';
import { describe } from './help.js';

interface Flags {
  out: string;
  sd?: boolean;
  device: DeviceName;
  matmulPrecision: MatmulPrecision;
  json?: boolean;
}

export function encodeCommand(): Command {
  const command = new Command('encode')
    .argument('<run>', 'RUN folder of a fit.')
    .argument('<study>', 'Study file with some of the modalities. The standardisation of the model is applied.')
    .requiredOption('--out <file>', 'Table to write: id, then <modality>.z1, <modality>.z2, and so on.')
    .option('--sd', 'Also write the posterior standard deviation of each latent, as <modality>.z1.sd.')
    .addOption(deviceOption())
    .addOption(matmulPrecisionOption().default('float32' satisfies MatmulPrecision))
    .addOption(jsonOption());
  return describe(command, {
    description: 'Computes the latents of every subject of a study with a fitted model.',
    examples: ['interlatent encode runs/study new-subjects.yaml --out latents.csv'],
    details: [
      'Latents of subjects on which the model was trained are in-sample. Use latents.csv in the RUN folder for ' +
        'correlations and tests with those.',
    ],
  }).action(async (run: string, path: string, options: Flags) => {
    const { device, matmulPrecision } = options;
    const { choice } = await chooseDevice(device, matmulPrecision);
    const model = await MultimodalCausalModel.load(run, { device, matmulPrecision });
    try {
      const { out, sd: withSd = false, json } = options;
      const countFitted = await fittedSubjects(run, model);
      const encoded = await encodeStudy(model, path, { out, withSd, quiet: json, countFitted });
      const { subjects, modalities, dropped, warnings } = encoded;
      const inferred = encoded.inferred.filter((one) => one.subjects > 0);
      const columns = model.graph.nodes.filter(({ modality }) => modalities.includes(modality)).map(({ name }) => name);
      const { fitted } = encoded;
      if (fitted > 0) {
        const hasOutOfFold = await exists(join(run, OUT_OF_FOLD_FILE));
        process.stderr.write(`${inSampleText(fitted, subjects, run, hasOutOfFold)}\n`);
      }
      const leftOut = model.columnScales.map(({ name }) => name).filter((name) => !modalities.includes(name));
      if (options.json) {
        const counts = { subjects, fitted, columns, inferred, leftOut, dropped, warnings };
        printJson({ out: options.out, device: choice, ...counts });
      } else {
        if (options.device !== 'cpu') print(`computed on ${deviceText(choice)}`);
        print(`${subjects} subjects × ${columns.length} latents written to ${options.out}`);
        for (const { modality, subjects: lacking } of inferred) {
          print(`${modality}: latents of ${lacking} subjects without it are inferred; ${modality}.inferred is 1`);
        }
        printWarnings(warnings);
        if (leftOut.length > 0) print(`left out, not in the study: ${leftOut.join(', ')}`);
        if (dropped.subjects > 0) {
          print(`dropped: ${dropped.subjects} of ${encoded.known} subjects; ${reasonsText(dropped)}`);
        }
        for (const { name, absent, incomplete } of dropped.modalities) {
          if (absent + incomplete > 0) print(`  ${name}: ${absent} absent, ${incomplete} lack a value`);
        }
      }
    } finally {
      await model.dispose();
    }
  });
}

/** Returns the reasons as text: `1 are not in every modality, 1 lack a value`. */
function reasonsText({ absent, incomplete, empty, uncovered }: DroppedSubjects): string {
  const reasons = [
    [absent, 'are not in every modality'],
    [incomplete, 'lack a value'],
    [empty, 'have no value'],
    [uncovered, 'lack a covariate'],
  ] as const;
  return reasons.flatMap(([count, why]) => (count > 0 ? [`${count} ${why}`] : [])).join(', ');
}
