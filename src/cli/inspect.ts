// interlatent inspect STUDY: a dry run. Reads everything, trains nothing.

import { Command } from 'commander';
import type { Dataset } from '../data/dataset.js';
import { latentLayout } from '../models/layout.js';
import { missingnessTests } from '../quality/index.js';
import { LATENT_GATES } from '../models/latent-prior.js';
import { blockLayout } from '../models/shared-block.js';
import { explorationPart, pruningPart } from '../training/component-part.js';
import { fitConfigFor, usesGates, type FitConfig } from '../training/config.js';
import { fitWarnings } from '../training/fit-warnings.js';
import { MAX_NEIGHBOURS } from '../training/graph-moves.js';
import { encoderTrialPart, keptEncoderPart, trialEpochs } from '../training/correlation-part.js';
import { needsDecoders } from '../training/first-part.js';
import { jointPart, subspacePart } from '../training/joint-part.js';
import type { TrainingPart } from '../training/part.js';
import { modalityShapes } from '../training/program.js';
import type { PartProgram } from '../training/program-of-group.js';
import { loadPart } from '../training/runs-on-devices.js';
import { DeviceError } from '../errors.js';
import { chooseDevice, type Device, type DeviceName } from '../runtime/device.js';
import { nativeProblem } from '../runtime/native.js';
import type { MemoryPlan } from '../runtime/program.js';
import { drawInspection } from './inspection-drawings.js';
import { printInspection } from './inspection-text.js';
import { bytes, deviceText, print, printJson } from './output.js';
import { printWarnings } from './quality.js';
import { readWithProgress } from './reading-progress.js';
import { deviceOption, jsonOption } from './settings.js';

interface Flags {
  device: DeviceName;
  json?: boolean;
  pictures?: string;
}

export function inspectCommand(): Command {
  return new Command('inspect')
    .description(
      'read a study and say what a fit would see: subjects, joins, missing values, ranges, memory; trains nothing',
    )
    .argument('<study>', 'study file (YAML or JSON)')
    .addOption(deviceOption())
    .addOption(jsonOption())
    .option('--pictures <folder>', 'draw twelve subjects: a PNG of each modality of pictures, an SVG of each of series')
    .action(async (path: string, { device: deviceName, json, pictures: folder }: Flags) => {
      const { device, choice } = await chooseDevice(deviceName);
      const { config, dataset, inspection } = await readWithProgress(path, { quiet: json });
      const pictures = folder === undefined ? undefined : await drawInspection(dataset, inspection, folder);
      const settings = fitConfigFor(dataset, { ...config.training, sparsity: config.sparsity });
      const unmeasured = nativeProblem() && 'the native library is missing here; interlatent devices says why';
      const parts: PartReport[] = [];
      if (unmeasured === undefined) {
        for (const part of fitParts(dataset, settings, device)) parts.push(await describePart(part, device));
      }
      const warnings = fitWarnings(dataset, settings);
      if (json) {
        const missingness = missingnessTests(dataset);
        const drawn = pictures && { pictures };
        const fit = { training: settings, device: choice, parts, ...(unmeasured !== undefined && { unmeasured }) };
        printJson({ ...inspection, ...drawn, missingness, ...fit, warnings });
        return;
      }
      printInspection(inspection);
      for (const { file, ids } of pictures ?? []) print(`${file} shows ${ids.join(', ')}`);
      const where = deviceName === 'cpu' ? '' : ` on ${deviceText(choice)}`;
      print(`\nA ${settings.fit} fit, batch ${settings.batch}${where}:`);
      if (unmeasured !== undefined) print(`The memory of its parts is not known: ${unmeasured}`);
      for (const part of parts) printPart(part);
      printWarnings(warnings);
    });
}

/**
 * The parts of the fit that take memory and time. Only a fit knows how many graphs its pruning tries; this assumes as
 * many as it seldom exceeds.
 */
function fitParts(dataset: Dataset, config: FitConfig, device: Device): TrainingPart[] {
  if (config.fit === 'joint') return [jointPart(dataset, config, device)];
  const modalities = modalityShapes(dataset);
  const values = new Float32Array(dataset.ids.length * latentLayout(modalities).latents);
  const subspaces = { modalities, values, split: dataset.split, shared: dataset.shared };
  const { latents } = blockLayout(latentLayout(modalities), dataset.shared);
  const gates = new Float32Array(MAX_NEIGHBOURS * latents ** 2);
  return [
    ...firstParts(dataset, config, device),
    explorationPart(subspaces, config, device),
    ...(usesGates(config.sparsity) ? [pruningPart(subspaces, config, new Map([[LATENT_GATES, gates]]), device)] : []),
  ];
}

function firstParts(dataset: Dataset, config: FitConfig, device: Device): TrainingPart[] {
  if (config.subspaces === 'correlation') {
    return [
      trialEpochs(config) > 0
        ? encoderTrialPart(dataset, config, device)
        : keptEncoderPart(dataset, config, undefined, device),
    ];
  }
  if (config.subspaces !== 'linear' && config.subspaces !== 'residual') return [subspacePart(dataset, config, device)];
  // The network of residual subspaces is far smaller than the components.
  if (!needsDecoders(dataset)) return [];
  const runs = config.subspaces === 'linear' ? 1 : 2;
  return [{ ...subspacePart(dataset, { ...config, runs }, device), name: 'subspace-decoders' }];
}

interface PartReport extends Pick<TrainingPart, 'name' | 'runs' | 'epochs' | 'stepsPerEpoch'> {
  /** null where the device has too little, as `problem` says. */
  readonly memory: MemoryPlan | null;
  readonly problem: string | null;
}

/** Loads the part's program, as a fit does, and disposes of it: measures the device's memory, does not estimate it. */
async function describePart(part: TrainingPart, device: Device) {
  const { name, runs, epochs, stepsPerEpoch } = part;
  const passes = { name, runs, epochs, stepsPerEpoch };
  try {
    const program = await loadPart(part, { device });
    // Files that are mapped take none; a GPU would copy them.
    if (device.backend === 'cpu') setFiles(program, part);
    const memory = program.memory();
    await program.dispose();
    return { ...passes, memory, problem: null };
  } catch (error) {
    if (!(error instanceof DeviceError && error.code === 'out-of-memory')) throw error;
    return { ...passes, memory: null, problem: error.message };
  }
}

function setFiles(program: PartProgram, { compiled, data }: TrainingPart): void {
  for (const [name, values] of data) {
    if (!ArrayBuffer.isView(values) && name in compiled.data) program.set('data', name, values);
  }
}

function printPart({ name, runs, epochs, stepsPerEpoch, memory, problem }: PartReport): void {
  const passes = `${name}: ${runs} runs, ${epochs} epochs of ${stepsPerEpoch} steps`;
  if (memory === null) {
    print(`${passes}. Does not fit: ${problem}`);
    return;
  }
  const { parameters, gradients, moments, data, activations, block, total, host, mapped } = memory;
  const detail = [
    host > 0 ? `data ${bytes(data)} and ${bytes(host)} on the host` : `data ${bytes(data)}`,
    ...(mapped > 0 ? [`not counted: ${bytes(mapped)} of mapped files`] : []),
    `parameters with gradients and moments ${bytes(parameters + gradients + moments)}`,
    `activations ${bytes(activations)}`,
    `blocks ${bytes(block)}`,
  ];
  print(`${passes}. Memory: ${bytes(total)} (${detail.join(', ')})`);
}
