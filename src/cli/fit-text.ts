// What a fit prints before it begins and when it has ended.

import type { LatentGraph } from '../causal/index.js';
import type { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { byImportance, sampledText, subspacesText, type Warning } from '../quality/index.js';
import { choiceOf, mixtures } from '../report/index.js';
import type { DeviceChoice } from '../runtime/device.js';
import type { Study } from '../study/study.js';
import type { FitConfig } from '../training/config.js';
import { fitWarnings, sharingWarnings } from '../training/fit-warnings.js';
import type { RunSummary } from '../training/run-folder.js';
import { onStdout } from './colors.js';
import { printConclusions, printEdges, printTests } from './evidence.js';
import { decimal, deviceText, duration, print, table, wrapped } from './output.js';
import { printQuality, printWarnings } from './quality.js';

/** @param dataParallel processes or GPUs that train the same runs together */
export function printStart(study: Study, config: FitConfig, device: DeviceChoice, dataParallel = 1): void {
  const { name, dataset } = study;
  const { train, validation, test } = dataset.split;
  const { fit: kind, runs, restarts, subspaces, sparsity, seed } = config;
  const modalities = dataset.modalities.map((m) => `${m.name} (${m.columns.length} → ${m.latents})`).join(', ');
  print(`Study ${name}: ${train.length} + ${validation.length} + ${test.length} subjects (train + validation + test)`);
  print(wrapped(`Modalities (columns → latents): ${modalities}`, '  '));
  const first = subspaces === 'linear' ? 'linear subspaces' : `${runs} runs for the subspaces`;
  const work = kind === 'joint' ? `${runs} runs` : `${first}, ${restarts} restarts for the components`;
  const penalty = `sparsity ${sparsity.kind} at ${sparsity.weight}`;
  print(wrapped(`${kind} fit on ${deviceText(device)}: ${work}, ${penalty}, seed ${seed}`, '  '));
  printWarnings(byImportance([...fitWarnings(dataset, config), ...sharingWarnings(dataset, config, dataParallel)]));
}

/** @param said warnings that were printed before the fit */
export function printResult({ summary, graph }: MultimodalCausalModel, out: string, said: readonly Warning[]): void {
  const { parts, seconds } = summary;
  print(`\nFitted in ${duration(seconds)}. Each stage ranks its runs by the rule named last; lower is better:`);
  print(
    table(
      ['stage', 'runs', 'epochs', 'seconds', 'best', 'value', 'next', 'median', 'outcome', 'ranked by'],
      parts.map((part) => {
        const { name, chosenRun, epochs, seconds: time } = part;
        const { measure, values, outcome } = choiceOf(part, summary);
        const ranked = values.filter((value) => value !== null).sort((a, b) => a - b);
        const median = ranked[Math.floor(ranked.length / 2)];
        const figures = [ranked[0], ranked.at(1) ?? '–', median];
        return [name, values.length, epochs, time, chosenRun, ...figures, outcome, measure];
      }),
    ),
  );
  for (const part of parts) {
    for (const { run, step, tensor } of part.failures) {
      print(`${part.name}: run ${run} left the finite numbers at step ${step}, first in "${tensor}"`);
    }
  }
  printTests(graph, summary);
  if (summary.quality) printQuality(summary.quality, said);
  printSubspaces(summary);
  const sampled = sampledText(summary);
  if (sampled !== undefined) print(wrapped(sampled));
  const agreement = graph.nodes.map((node, i) => `${node.name} ${decimal(summary.agreement[i])}`).join(', ');
  print(wrapped(`Agreement of the runs on each latent (mean |rank correlation| on the same data): ${agreement}`));
  printDetermination(summary, graph);
  printEdges(graph, 'Edges of the chosen run', summary);
  printConclusions(graph, summary);
  print(`\nWritten to ${out}. Next: interlatent graph ${out} --format svg > graph.svg`);
}

function printSubspaces({ subspaces, model }: RunSummary): void {
  const text = subspacesText(
    subspaces,
    model.modalities.map(({ name }) => name),
  );
  if (text !== undefined) print(wrapped(text));
}

function printDetermination({ determination }: RunSummary, graph: LatentGraph): void {
  if (determination === undefined) return;
  const { restarts, equals } = determination;
  const warnings = mixtures(graph, determination);
  for (const { title, text } of warnings) print(wrapped(`${onStdout.yellow(`Careful: ${title}.`)} ${text}`));
  if (warnings.length > 0) return;
  const text =
    equals === 1
      ? `None of the other ${restarts - 1} restarts is as good as the chosen one: ` +
        'whether latents could be mixed is not known.'
      : `${equals} of ${restarts} restarts explain held-out subjects equally well, and found the same latents.`;
  print(wrapped(text));
}
