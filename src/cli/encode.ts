// interlatent encode RUN STUDY --out latents.csv: latents of every subject of a study, in its order.

import { Command } from 'commander';
import type { Inspection } from '../study/inspection.js';
import { idName } from '../study/subject-id.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { chooseDevice, type DeviceName, type MatmulPrecision } from '../runtime/device.js';
import { writePosteriors } from './latents-file.js';
import { deviceText, print, printJson } from './output.js';
import { printWarnings } from './questions.js';
import { readWithProgress } from './reading-progress.js';
import { deviceOption, jsonOption, matmulPrecisionOption } from './settings.js';

interface Flags {
  out: string;
  sd?: boolean;
  device: DeviceName;
  matmulPrecision: MatmulPrecision;
  json?: boolean;
}

export function encodeCommand(): Command {
  return new Command('encode')
    .description('latents of every subject of a study, by a fitted model')
    .argument('<run>', 'RUN folder of a fit')
    .argument(
      '<study>',
      'study file with the model’s modalities or some of them; the model’s own standardisation is applied',
    )
    .requiredOption('--out <file>', 'table to write: id, then <modality>.z1 …')
    .option('--sd', 'also how sure each latent is: its posterior standard deviation, <modality>.z1.sd …')
    .addOption(deviceOption())
    .addOption(matmulPrecisionOption())
    .addOption(jsonOption())
    .action(async (run: string, path: string, options: Flags) => {
      const { choice } = await chooseDevice(options.device, options.matmulPrecision);
      const model = await MultimodalCausalModel.load(run, options);
      try {
        const { dataset, config, inspection } = await readWithProgress(path, {
          scales: model.columnScales,
          partial: true,
          quiet: options.json,
        });
        const latents = await model.posterior(dataset, { partial: true });
        await writePosteriors(options.out, idName(config.id), dataset.ids, latents, { withSd: options.sd ?? false });
        const warnings = model.warnings(dataset);
        const inferred = Object.entries(latents).flatMap(([modality, posterior]) => {
          const subjects = posterior.inferred.reduce((sum, one) => sum + one, 0);
          return subjects > 0 ? [{ modality, subjects }] : [];
        });
        const columns = model.graph.nodes.filter(({ modality }) => modality in latents).map(({ name }) => name);
        const leftOut = model.columnScales.map(({ name }) => name).filter((name) => !(name in latents));
        const dropped = droppedSubjects(inspection);
        if (options.json) {
          const counts = { subjects: dataset.ids.length, columns, inferred, leftOut, dropped, warnings };
          printJson({ out: options.out, device: choice, ...counts });
        } else {
          if (options.device !== 'cpu') print(`computed on ${deviceText(choice)}`);
          print(`${dataset.ids.length} subjects × ${columns.length} latents written to ${options.out}`);
          for (const { modality, subjects } of inferred) {
            print(`${modality}: latents of ${subjects} subjects without it are inferred; ${modality}.inferred is 1`);
          }
          printWarnings(warnings);
          if (leftOut.length > 0) print(`left out, not in the study: ${leftOut.join(', ')}`);
          if (dropped.subjects > 0) {
            print(`dropped: ${dropped.subjects} of ${inspection.known} subjects; ${reasonsText(dropped)}`);
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

/** Subjects of the study that get no latents and why; what its modalities lack, one may be counted in several. */
function droppedSubjects({ missing, known, shared, subjects, empty, adjusted, modalities }: Inspection) {
  const drops = missing === 'drop';
  return {
    subjects: known - subjects,
    absent: drops ? known - shared : 0,
    incomplete: drops ? shared - subjects : 0,
    empty,
    uncovered: drops ? 0 : (adjusted?.lacking ?? 0),
    modalities: modalities.map(({ name, absent, incomplete }) => ({ name, absent, incomplete })),
  };
}

/** `1 are not in every modality, 1 lack a value`. */
function reasonsText({ absent, incomplete, empty, uncovered }: ReturnType<typeof droppedSubjects>): string {
  const reasons = [
    [absent, 'are not in every modality'],
    [incomplete, 'lack a value'],
    [empty, 'have no value'],
    [uncovered, 'lack a covariate'],
  ] as const;
  return reasons.flatMap(([count, why]) => (count > 0 ? [`${count} ${why}`] : [])).join(', ');
}
