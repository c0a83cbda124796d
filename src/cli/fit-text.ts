// The output of a fit before it begins and after it has ended.

import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { LatentGraph } from '../causal/index.js';
import { conclusionsOf, latentCautions } from '../conclusions/index.js';
import { counted } from '../text/numbers.js';
import type { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { byImportance, sampledText, subspacesText, type Warning } from '../quality/index.js';
import { choiceOf } from '../report/index.js';
import type { DeviceChoice } from '../runtime/device.js';
import { cohortWarnings } from '../study/inspection/cohort.js';
import { causeWarnings } from '../study/inspection/cause-warnings.js';
import type { Study } from '../study/study.js';
import type { FitConfig } from '../training/config.js';
import { fitWarnings, sharingWarnings } from '../training/fit-warnings.js';
import type { RunSummary } from '../training/run-folder.js';
import { OUT_OF_FOLD_FILE } from '../fit/out-of-fold-file.js';
import { printConclusions, printEdges, printTests } from './evidence.js';
import { decimal, deviceText, duration, print, printHeading, table, wrapped } from './output.js';
import { SURVEY_NOTE } from './inspection-text.js';
import { printQuality, printWarnings } from './quality.js';

/**
 * Prints the study and the kind of fit.
 * @param dataParallel number of processes that train the same restarts
 */
export function printStart(study: Study, config: FitConfig, device: DeviceChoice, dataParallel = 1): void {
  const { name, dataset, inspection } = study;
  const { train, validation, test } = dataset.split;
  const { fit: kind, encoderRestarts, componentRestarts, subspaces, sparsity, seed } = config;
  const modalities = dataset.modalities.map((m) => `${m.name} (${m.columns.length} → ${m.latents})`).join(', ');
  print(`Study ${name}: ${train.length} + ${validation.length} + ${test.length} subjects (train + validation + test)`);
  print(wrapped(`Modalities (columns → latents): ${modalities}`, '  '));
  const first =
    subspaces === 'linear' ? 'linear subspaces' : `${counted(encoderRestarts, 'restart')} for the subspaces`;
  const work =
    kind === 'joint' ? counted(encoderRestarts, 'restart') : `${first}, ${componentRestarts} for the components`;
  const penalty = `sparsity ${sparsity.kind} at ${sparsity.weight}`;
  print(wrapped(`${kind} fit on ${deviceText(device)}: ${work}, ${penalty}, seed ${seed}`, '  '));
  if (study.survey) print(wrapped(SURVEY_NOTE));
  const settings = [...fitWarnings(dataset, config), ...sharingWarnings(dataset, config, dataParallel)];
  printWarnings(byImportance([...cohortWarnings(inspection), ...causeWarnings(inspection), ...settings]));
}

/**
 * Prints the result of a fit: conclusions, warnings and next steps first, then the figures behind them.
 * @param printed warnings that were printed before the fit
 * @param verbose true to print also the choices of all stages, and the agreement of restarts
 */
export function printResult(
  { summary, graph }: MultimodalCausalModel,
  out: string,
  { printed, verbose = false }: { readonly printed: readonly Warning[]; readonly verbose?: boolean | undefined },
): void {
  const { quality } = summary;
  print(`\nFitted in ${duration(summary.seconds)}. The result is in ${out}.`);
  printConclusions(graph, summary);
  const mixed = latentCautions(conclusionsOf(graph, summary));
  const warnings = quality.warnings.filter((one) => !printed.some((before) => isDeepStrictEqual(one, before)));
  if (warnings.length + mixed.length > 0) {
    printHeading('Warnings');
    printWarnings(warnings);
    for (const { title, text } of mixed) print(wrapped(`- ${title}. ${text}`, '  '));
  }
  printNextSteps(out, { hasFolds: (summary.evidence?.latents.length ?? 0) > 0 });
  printHeading('Details');
  printTests(graph, summary);
  printQuality(quality);
  if (verbose || !evidenceIsTested(graph, summary)) printEdges(graph, summary);
  if (verbose) printTraining({ summary, graph });
}

function printNextSteps(out: string, { hasFolds }: { readonly hasFolds: boolean }): void {
  printHeading('Next steps');
  print(`interlatent report ${out} --out report.html    # all results on one page`);
  print(`interlatent graph ${out} --format svg --out graph.svg`);
  if (hasFolds) print(wrapped(`For correlations and tests with other variables, use ${join(out, OUT_OF_FOLD_FILE)}.`));
  print(`interlatent fit STUDY --out ${out} --resume --verbose    # every figure of the fit`);
}

/** Prints the choices of all stages, and the agreement of restarts. */
function printTraining({ summary, graph }: Pick<MultimodalCausalModel, 'summary' | 'graph'>): void {
  print('\nStages. Each ranks its restarts by the rule named last; lower is better.');
  print(
    table(
      ['stage', 'restarts', 'epochs', 'seconds', 'best', 'value', 'next', 'median', 'outcome', 'ranked by'],
      summary.stages.map((stage) => {
        const { name, chosenRestart, epochs, seconds } = stage;
        const { measure, values, outcome } = choiceOf(stage, summary);
        const ranked = values.filter((value) => value !== null).sort((a, b) => a - b);
        const median = ranked[Math.floor(ranked.length / 2)];
        const figures = [ranked[0], ranked.at(1) ?? '–', median];
        return [name, values.length, epochs, seconds, chosenRestart, ...figures, outcome, measure];
      }),
    ),
  );
  for (const stage of summary.stages) {
    for (const { restart, step, tensor } of stage.failures) {
      print(wrapped(`${stage.name}: restart ${restart} became non-finite at step ${step}, first in "${tensor}".`));
    }
  }
  print();
  printSubspaces(summary);
  const sampled = sampledText(summary);
  if (sampled !== undefined) print(wrapped(sampled));
  const agreement = graph.nodes.map((node, i) => `${node.name} ${decimal(summary.agreement[i])}`).join(', ');
  print(wrapped(`Agreement of the restarts on each latent (mean |rank correlation| on the same data): ${agreement}.`));
  printDetermination(summary);
}

function printSubspaces({ subspaces, model }: RunSummary): void {
  const text = subspacesText(
    subspaces,
    model.modalities.map(({ name }) => name),
  );
  if (text !== undefined) print(wrapped(text));
}

function printDetermination({ determination }: RunSummary): void {
  if (determination === undefined || determination.determined?.includes(false)) return;
  const { restarts, equals } = determination;
  const text =
    equals === 1
      ? `${restarts === 1 ? 'There is no other restart' : `None of the other ${restarts - 1} restarts is as good`}. ` +
        'So it is not known whether latents could be mixed.'
      : `${equals} of ${restarts} restarts are equally good, and found the same latents.`;
  print(wrapped(text));
}

function evidenceIsTested(graph: LatentGraph, summary: RunSummary): boolean {
  return conclusionsOf(graph, summary).status === 'tested';
}
