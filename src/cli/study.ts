// interlatent study run STUDY: fit, causal discovery over latents and variables, report, in one command
// (docs/reference/study-file.md).

import { join } from 'node:path';
import { Command } from 'commander';
import type { Study } from '../study/study.js';
import { InputError } from '../errors/errors.js';
import { unrelatedModalities } from '../evidence/index.js';
import { exists, isFolder } from '../files/exists.js';
import { sampledText } from '../quality/index.js';
import { OUT_OF_FOLD_FILE } from '../fit/out-of-fold-file.js';
import type { RunSummary } from '../training/run-folder.js';
import type { DeviceChoice, DeviceName } from '../runtime/device.js';
import { withLatentVerdicts } from '../causal/drawn-causal-graph.js';
import { conclusionsOf, describeConclusions, linksNotConfirmed, type Conclusions } from '../conclusions/index.js';
import { trainingDevice } from '../training/training-device.js';
import { printConclusions, printEdges, printTests } from './evidence.js';
import { SURVEY_NOTE } from './inspection-text.js';
import { interruptible, Interrupted } from './interrupt.js';
import { deviceText, duration, print, printHeading, printJson, wrapped } from './output.js';
import { printHalfSamples } from './discovery-progress.js';
import { printLinks } from './latent-discovery-text.js';
import { printQuality, printWarnings } from './quality.js';
import { readWithProgress } from './reading-progress.js';
import { deviceOption, jsonOption, MAX_THREADS, tensorboardOption, wholeNumber } from './settings.js';
import { runStudy, type StudyResult } from './study-run.js';
import { filesOf, STEPS, type StepName } from './study-state.js';
import { describe } from './help.js';

interface Flags {
  out?: string;
  threads?: number;
  device: DeviceName;
  quick?: boolean;
  force?: boolean;
  tensorboard?: boolean;
  quiet?: boolean;
  json?: boolean;
}

const STUDY_NAMES = ['study.yaml', 'study.yml', 'study.json'];

export function studyCommand(): Command {
  const run = new Command('run')
    .argument('<study>', 'Study file (YAML or JSON), or a folder with study.yaml.')
    .option('--out <folder>', 'Folder for the results (default: runs/ and the name of the study).')
    .option('--threads <n>', 'Number of threads (default: all cores).', wholeNumber('--threads', 1, MAX_THREADS))
    .addOption(deviceOption())
    .option('--quick', 'Use few restarts, epochs and refits, to see whether everything works.')
    .addOption(tensorboardOption())
    .option('--force', 'Repeat every step, also finished ones.')
    .option('--quiet', 'Print errors only.')
    .addOption(jsonOption());
  describe(run.summary('fit, discover and report in one command'), {
    description: 'Runs a whole study in one command: fit, causal discovery over latents and variables, report.',
    examples: ['interlatent study run examples/phenotype/nhanes-2005-2008 --out runs/phenotype'],
    details: [
      'Steps, and the files that they write to the folder:\n' +
        '  fit        run/            RUN folder: weights, graph, latents\n' +
        '  discovery  variables.csv   latents and variables of the study file, by subject\n' +
        '             discovery.json, discovery.svg\n' +
        '  report     report.html     everything, to read',
      'The key `discovery` of the study file names the variables that join the latents, and the order of tiers. A ' +
        'finished step is not repeated while data and settings are the same. Ctrl-C writes a checkpoint; the same ' +
        'command continues from it.',
    ],
  }).action(runCommand);
  return describe(new Command('study'), {
    description: 'Runs whole studies, from tables to a report.',
    examples: ['interlatent study run study.yaml'],
  })
    .helpCommand(false)
    .addCommand(run);
}

async function runCommand(
  path: string,
  {
    out: folder,
    threads,
    device,
    quick = false,
    force = false,
    tensorboard = false,
    quiet = false,
    json = false,
  }: Flags,
): Promise<void> {
  const silent = quiet || json;
  const study = await readWithProgress(await studyPath(path), { quiet: silent });
  const out = folder ?? join('runs', study.name.replaceAll(/^\.+|[^\w.-]+/g, '-'));
  const options = { out, device, quick, force, tensorboard, quiet: silent, threads };
  const { choice } = await trainingDevice(study.dataset, device);
  if (!silent) printStart(study, out, choice);
  const result = await interruptible(async (signal) => {
    try {
      const onStep = (step: StepName, state: string) => {
        if (!silent) print(`${STEPS.indexOf(step) + 1}/${STEPS.length} ${step}: ${state}`);
      };
      return await runStudy(study, { ...options, signal, onStep });
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      throw new Interrupted(`Stopped. Finished steps are in ${out}. The same command continues.`);
    }
  });
  try {
    if (json) printJson(summaryOf(result, out));
    else if (!quiet) printResult(result, out);
  } finally {
    await result.model.dispose();
  }
}

/** Returns the path of a study file, which may be in a folder. @throws InputError `missing-file` */
async function studyPath(path: string): Promise<string> {
  if (!(await isFolder(path))) return path;
  for (const name of STUDY_NAMES) if (await exists(join(path, name))) return join(path, name);
  throw new InputError(
    'missing-file',
    `${path} contains no study file (${STUDY_NAMES.join(', ')}). Pass the path of the study file.`,
    { path },
  );
}

function printStart({ name, dataset, survey }: Study, out: string, device: DeviceChoice): void {
  const { train, validation, test } = dataset.split;
  const modalities = dataset.modalities.map((m) => `${m.name} (${m.columns.length} → ${m.latents})`).join(', ');
  print(`Study ${name}: ${train.length} + ${validation.length} + ${test.length} subjects (train + validation + test)`);
  print(wrapped(`Modalities (columns → latents): ${modalities}`, '  '));
  print(wrapped(`Computing on ${deviceText(device)}; the results go to ${out}`, '  '));
  if (survey) print(wrapped(SURVEY_NOTE));
}

function summaryOf({ model, discovery, variables, state }: StudyResult, out: string) {
  const { study, fingerprint, subjects, quality, evidence } = model.summary;
  const files = Object.fromEntries(
    STEPS.flatMap((step) => filesOf(state.steps, step).map((file) => [file, join(out, file)] as const)),
  );
  return {
    study,
    out,
    fingerprint,
    subjects,
    quality,
    evidence,
    steps: state.steps,
    edges: model.graph.edges,
    ...describeConclusions(model, discovery),
    linksNotConfirmed: linksNotConfirmed(conclusionsOf(model.graph, model.summary), discovery),
    variables: variables.groups,
    discovery: discovery.edges,
    undrawn: discovery.undrawn,
    halfSamples: discovery.halfSamples,
    files,
  };
}

function printResult({ model, discovery, state }: StudyResult, out: string): void {
  const { graph, summary } = model;
  printConclusions(graph, summary, discovery);
  const sampled = sampledText(summary);
  if (summary.quality.warnings.length > 0) {
    printHeading('Warnings');
    printWarnings(summary.quality.warnings);
  }
  printHeading('Next steps');
  print(wrapped(`Open ${join(out, 'report.html')} in a browser: it has all results.`));
  if ((summary.evidence?.latents.length ?? 0) > 0) {
    print(wrapped(`For correlations and tests with other variables, use ${join(out, 'run', OUT_OF_FOLD_FILE)}.`));
  }
  printHeading('Details');
  printTests(graph, summary);
  printQuality(summary.quality);
  if (sampled !== undefined) print(wrapped(sampled));
  printEdges(graph, summary);
  printDiscovery(discovery, summary, conclusionsOf(graph, summary));
  const times = STEPS.map((step) => `${step} ${duration(state.steps[step]?.seconds ?? 0)}`).join(', ');
  print(`\nTime: ${times}`);
}

function printDiscovery(discovery: StudyResult['discovery'], summary: RunSummary, { latents }: Conclusions): void {
  const { crossFitted = true, counted } = discovery.question ?? {};
  if (!crossFitted) print('\nDiscovery searched nothing: there are too few subjects, or groups of rows, to test.');
  else print(discovery.edges.length === 0 ? '\nDiscovery found no links.' : '\nLinks of discovery');
  const unrelated = unrelatedModalities(summary.evidence?.pairs);
  const graph = withLatentVerdicts(discovery.graph, latents);
  printLinks({ ...discovery, graph }, crossFitted ? unrelated : []);
  if (counted) print(`${counted.rows} rows of ${counted.groups} groups: each group counts once, with its means.`);
  if (discovery.halfSamples) printHalfSamples(discovery.halfSamples);
}
