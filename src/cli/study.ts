// interlatent study run STUDY: fit, causal discovery over latents and variables, report, in one command
// (docs/study-file.md).

import { join } from 'node:path';
import { Command } from 'commander';
import type { Study } from '../study/study.js';
import { InputError } from '../errors.js';
import { unrelatedModalities } from '../evidence/index.js';
import { exists, isFolder } from '../files/exists.js';
import { sampledText } from '../quality/index.js';
import { chooseDevice, type DeviceChoice, type DeviceName } from '../runtime/device.js';
import { conclusionsOf, describeConclusions, linksNotConfirmed } from '../conclusions/index.js';
import { printConclusions, printEdges, printTests } from './evidence.js';
import { interruptible, Interrupted } from './interrupt.js';
import { deviceText, duration, print, printJson } from './output.js';
import { printHalfSamples } from './discovery-progress.js';
import { printLinks } from './latent-discovery-text.js';
import { printQuality } from './quality.js';
import { readWithProgress } from './reading-progress.js';
import { deviceOption, jsonOption, MAX_THREADS, tensorboardOption, wholeNumber } from './settings.js';
import { runStudy, type StudyResult } from './study-run.js';
import { filesOf, STAGES, type StageName } from './study-state.js';

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
    .description('fit, causal discovery over latents and variables, and report of a study, in one command')
    .argument('<study>', 'study file (YAML or JSON), or a folder that holds study.yaml')
    .option('--out <folder>', 'folder for the results (default: runs/ and the name of the study)')
    .option('--threads <n>', 'threads (default: all cores)', wholeNumber('--threads', 1, MAX_THREADS))
    .addOption(deviceOption())
    .option('--quick', 'few runs, epochs and refits: a look at whether everything works')
    .addOption(tensorboardOption())
    .option('--force', 'do every stage again, also those that are finished')
    .option('--quiet', 'print nothing but errors')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Stages, and what they write to the folder:
  fit        run/            the RUN folder: weights, graph, latents (interlatent graph, encode, report take it)
  discovery  variables.csv   latents and the variables of the study file, by subject
             discovery.json, discovery.svg
  report     report.html     everything, to read
The key \`discovery\` of the study file says which variables join the latents and the order of tiers.
A stage that is finished is not run again while data and settings are the same; Ctrl-C keeps a checkpoint, and the
same command goes on from it.

  interlatent study run examples/phenotype/nhanes-2005-2008 --out runs/phenotype`,
    )
    .action(runCommand);
  return new Command('study').description('whole studies, from tables to a report').addCommand(run);
}

async function runCommand(
  given: string,
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
  const study = await readWithProgress(await studyPath(given), { quiet: silent });
  const out = folder ?? join('runs', study.name.replaceAll(/^\.+|[^\w.-]+/g, '-'));
  const options = { out, device, quick, force, tensorboard, quiet: silent, threads };
  const { choice } = await chooseDevice(device);
  if (!silent) printStart(study, out, choice);
  const result = await interruptible(async (signal) => {
    try {
      const onStage = (stage: StageName, state: string) => {
        if (!silent) print(`${STAGES.indexOf(stage) + 1}/${STAGES.length} ${stage}: ${state}`);
      };
      return await runStudy(study, { ...options, signal, onStage });
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      throw new Interrupted(`Stopped; ${out} holds what is finished. The same command goes on from there.`);
    }
  });
  try {
    if (json) printJson(summaryOf(result, out));
    else if (!quiet) printResult(result, out);
  } finally {
    await result.model.dispose();
  }
}

/** A folder stands for the study file in it. @throws InputError `missing-file` */
async function studyPath(given: string): Promise<string> {
  if (!(await isFolder(given))) return given;
  for (const name of STUDY_NAMES) if (await exists(join(given, name))) return join(given, name);
  throw new InputError('missing-file', `${given} holds no ${STUDY_NAMES.join(', ')}; name the study file itself`, {
    path: given,
  });
}

function printStart({ name, dataset }: Study, out: string, device: DeviceChoice): void {
  const { train, validation, test } = dataset.split;
  const modalities = dataset.modalities.map((m) => `${m.name} (${m.columns.length} → ${m.latents})`).join(', ');
  print(`Study ${name}: ${train.length} + ${validation.length} + ${test.length} subjects (train + validation + test)`);
  print(`Modalities (columns → latents): ${modalities}`);
  print(`Computing on ${deviceText(device)}; results go to ${out}`);
}

function summaryOf({ model, discovery, variables, state }: StudyResult, out: string) {
  const { study, fingerprint, subjects, quality, evidence } = model.summary;
  const files = Object.fromEntries(
    STAGES.flatMap((stage) => filesOf(state.stages, stage).map((file) => [file, join(out, file)] as const)),
  );
  return {
    study,
    out,
    fingerprint,
    subjects,
    quality,
    evidence,
    stages: state.stages,
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
  printTests(graph, summary);
  if (summary.quality) printQuality(summary.quality);
  const sampled = sampledText(summary);
  if (sampled !== undefined) print(sampled);
  printEdges(graph, 'Edges of the model', summary);
  const { crossFitted = true, counted } = discovery.asked ?? {};
  if (!crossFitted) print('\nDiscovery searched nothing: there are too few subjects, or groups of rows, to test.');
  else print(discovery.edges.length === 0 ? '\nDiscovery found no links.' : '\nLinks of discovery:');
  const unrelated = unrelatedModalities(summary.evidence?.pairs);
  printLinks(discovery.edges, discovery.undrawn ?? [], crossFitted ? unrelated : []);
  if (counted) print(`${counted.rows} rows of ${counted.groups} groups: each group counts once, with its means.`);
  if (discovery.halfSamples) printHalfSamples(discovery.halfSamples);
  const times = STAGES.map((stage) => `${stage} ${duration(state.stages[stage]?.seconds ?? 0)}`).join(', ');
  print(`\nTime: ${times}`);
  printConclusions(graph, summary, discovery);
  print(`\nWritten to ${out}. Open ${join(out, 'report.html')}`);
}
