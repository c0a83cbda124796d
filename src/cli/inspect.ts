// interlatent inspect STUDY: a dry run, which reads everything and trains nothing.

import { Command } from 'commander';
import type { Cause } from '../data/causes.js';
import type { Dataset } from '../data/dataset.js';
import { withPrivateNoise } from '../data/private-latents.js';
import { counted } from '../text/numbers.js';
import { latentLayout } from '../networks/layout.js';
import { byImportance, missingnessTests } from '../quality/index.js';
import { cohortWarnings } from '../study/inspection/cohort.js';
import { causeWarnings } from '../study/inspection/cause-warnings.js';
import { outcomeWarnings } from '../study/inspection/outcome-warnings.js';
import { subgroupWarnings } from '../study/inspection/subgroups.js';
import { LATENT_GATES } from '../networks/latent-prior.js';
import { blockLayout } from '../networks/shared-block.js';
import { explorationStage, pruningStage, startedStage, type Subspaces } from '../training/component-stage.js';
import { fitConfigFor, usesGates, type FitConfig } from '../training/config.js';
import { fitWarnings } from '../training/fit-warnings.js';
import { STRAIGHTENED, structureCount } from '../training/gaussian-starts.js';
import { MAX_NEIGHBOURS } from '../training/graph-moves.js';
import { gateGroups } from '../moments/cause-gates.js';
import { componentCount } from '../networks/column-curves.js';
import { straighteningStage } from '../training/straightening-stage.js';
import { encoderTrialStage, chosenEncoderStage, trialEpochs } from '../training/correlation-stage.js';
import { needsDecoders } from '../training/subspace-stages.js';
import { jointStage, subspaceStage } from '../training/joint-stage.js';
import type { TrainingStage } from '../training/stage.js';
import { modalityShapes } from '../training/model-config.js';
import { loadStage, type StageProgram } from '../training/runs-on-devices.js';
import { DeviceError } from '../errors/errors.js';
import { chooseDevice, type Device, type DeviceName } from '../runtime/device.js';
import { nativeProblem } from '../runtime/native.js';
import type { MemoryPlan } from '../runtime/program.js';
import { drawInspection } from './inspection-drawings.js';
import { printCauses } from './causes-text.js';
import {
  printAdvice,
  printIdentification,
  printInspection,
  printInspectionDetails,
  printSurvey,
} from './inspection-text.js';
import { printOutcomes, printSubgroups } from './outcomes-text.js';
import { bytes, deviceText, print, printHeading, printJson, wrapped } from './output.js';
import { printWarnings } from './quality.js';
import { readWithProgress } from './reading-progress.js';
import { deviceOption, jsonOption } from './settings.js';
import { describe } from './help.js';

interface Flags {
  device: DeviceName;
  json?: boolean;
  verbose?: boolean;
  images?: string;
}

export function inspectCommand(): Command {
  const command = new Command('inspect')
    .argument('<study>', 'Study file (YAML or JSON).')
    .addOption(deviceOption())
    .addOption(jsonOption())
    .option('--images <folder>', 'Draw twelve subjects: a PNG per modality of images, an SVG per modality of series.')
    .option('--verbose', 'Also print the figures of every column and the memory of every stage.');
  return describe(command, {
    description: 'Reads a study and shows what a fit would see. It trains nothing and writes nothing.',
    examples: ['interlatent inspect study.yaml'],
    details: [
      'The summary counts subjects and says what was left out and why. The details list the files, the columns, ' +
        'missing values, and values that look wrong.',
    ],
  }).action(async (path: string, { device: deviceName, json, verbose = false, images: folder }: Flags) => {
    const { device, choice } = await chooseDevice(deviceName);
    const { config, dataset, inspection } = await readWithProgress(path, { quiet: json });
    const images = folder === undefined ? undefined : await drawInspection(dataset, inspection, folder);
    const settings = fitConfigFor(dataset, { ...config.training, sparsity: config.sparsity });
    const unmeasured = nativeProblem() && 'the native library is missing. `interlatent devices` gives the reason.';
    const stages: StageReport[] = [];
    if (unmeasured === undefined) {
      for (const stage of fitStages(dataset, settings, device)) stages.push(await describeStage(stage, device));
    }
    const warnings = byImportance([
      ...cohortWarnings(inspection),
      ...causeWarnings(inspection),
      ...outcomeWarnings(inspection),
      ...subgroupWarnings(inspection),
      ...fitWarnings(dataset, settings),
    ]);
    if (json) {
      const missingness = missingnessTests(dataset);
      const drawn = images && { images };
      const fit = { training: settings, device: choice, stages, ...(unmeasured !== undefined && { unmeasured }) };
      printJson({ ...inspection, ...drawn, missingness, ...fit, warnings });
      return;
    }
    printInspection(inspection);
    printCauses(inspection);
    printSurvey(inspection);
    printOutcomes(inspection);
    printSubgroups(inspection);
    printIdentification(inspection);
    if (warnings.length > 0) {
      printHeading('Warnings');
      printWarnings(warnings);
    }
    printHeading('Next steps');
    print(`interlatent fit ${path} --out runs/${inspection.study}`);
    printAdvice(inspection.advice);
    printHeading('Details');
    printInspectionDetails(inspection, verbose);
    for (const { file, ids } of images ?? []) print(wrapped(`${file} shows ${ids.join(', ')}`, '  '));
    print();
    const where = deviceName === 'cpu' ? '' : ` on ${deviceText(choice)}`;
    print(wrapped(`A ${settings.fit} fit${where} with batches of ${settings.batch} subjects`));
    if (unmeasured !== undefined) print(wrapped(`The memory of its stages is not known: ${unmeasured}`));
    for (const stage of stages) printStage(stage, verbose);
  });
}

/**
 * Returns the stages of the fit that need memory and time. Only a fit knows the number of graphs that its pruning
 * tries. This assumes a number that is rarely exceeded.
 */
function fitStages(dataset: Dataset, config: FitConfig, device: Device): TrainingStage[] {
  if (config.fit === 'joint') return [jointStage(dataset, config, device)];
  const modalities = modalityShapes(dataset);
  const values = new Float32Array(dataset.ids.length * latentLayout(modalities).latents);
  const { split, shared, causes } = dataset;
  const subspaces = { modalities, values, split, shared };
  if (causes?.length) return stagesWithCauses(dataset, config, { ...subspaces, causes }, device);
  const { latents } = blockLayout(latentLayout(modalities), shared);
  const gates = new Float32Array(MAX_NEIGHBOURS * latents ** 2);
  return [
    ...subspaceStages(dataset, config, device),
    explorationStage(subspaces, config, device),
    ...(usesGates(config.sparsity) ? [pruningStage(subspaces, config, new Map([[LATENT_GATES, gates]]), device)] : []),
  ];
}

/** Returns the same with observed causes: flows train from the optima of a search, and private encodings are latents. */
function stagesWithCauses(
  dataset: Dataset,
  config: FitConfig,
  subspaces: Subspaces & { readonly causes: readonly Cause[] },
  device: Device,
): TrainingStage[] {
  const { latents } = latentLayout(subspaces.modalities);
  const square = latents ** 2;
  const start = {
    maps: new Float64Array(square),
    edges: new Uint8Array(square),
    gates: new Uint8Array((Math.max(...gateGroups(subspaces.causes)) + 1) * latents),
  };
  // Only linear subspaces of the settings are not straightened.
  const bends = config.subspaces !== 'linear';
  const fits = Array.from({ length: structureCount(config) * (bends ? STRAIGHTENED : 1) }, () => start);
  const divided = config.subspaces === 'correlation' ? dataset : withPrivateNoise(dataset);
  const hasColumns = config.subspaces === undefined || config.subspaces === 'network';
  const columns = hasColumns
    ? dataset.modalities.map((one) => new Float32Array(dataset.ids.length * componentCount(one.latents)))
    : undefined;
  return [
    ...subspaceStages(divided, config, device),
    ...(bends ? [straighteningStage({ ...subspaces, columns }, config, device)] : []),
    startedStage('components', { ...subspaces, bends }, config, { fits, prices: fits.map(() => 0) }, { device }),
  ];
}

function subspaceStages(dataset: Dataset, config: FitConfig, device: Device): TrainingStage[] {
  if (config.subspaces === 'correlation') {
    return [
      trialEpochs(config) > 0
        ? encoderTrialStage(dataset, config, { device })
        : chosenEncoderStage(dataset, config, undefined, { device }),
    ];
  }
  if (config.subspaces !== 'linear' && config.subspaces !== 'residual') return [subspaceStage(dataset, config, device)];
  // The network of residual subspaces is omitted, because it is much smaller than the components.
  if (!needsDecoders(dataset)) return [];
  const encoderRestarts = config.subspaces === 'linear' ? 1 : 2;
  return [{ ...subspaceStage(dataset, { ...config, encoderRestarts }, device), name: 'subspace-decoders' }];
}

interface StageReport extends Pick<TrainingStage, 'name' | 'epochs' | 'stepsPerEpoch'> {
  readonly restarts: number;
  /** Null if the device has too little memory, as `problem` says. */
  readonly memory: MemoryPlan | null;
  readonly problem: string | null;
}

/** Measures the memory of a stage: it loads the program, like a fit, and disposes of it. */
async function describeStage(stage: TrainingStage, device: Device) {
  const { name, runs, epochs, stepsPerEpoch } = stage;
  const passes = { name, restarts: runs, epochs, stepsPerEpoch };
  try {
    const program = await loadStage(stage, { device });
    // Mapped files need no memory on the CPU. A GPU would copy them.
    if (device.backend === 'cpu') setFiles(program, stage);
    const memory = program.memory();
    await program.dispose();
    return { ...passes, memory, problem: null };
  } catch (error) {
    if (!(error instanceof DeviceError && error.code === 'out-of-memory')) throw error;
    return { ...passes, memory: null, problem: error.message };
  }
}

function setFiles(program: StageProgram, { compiled, data }: TrainingStage): void {
  for (const [name, values] of data) {
    if (!ArrayBuffer.isView(values) && name in compiled.data) program.set('data', name, values);
  }
}

function printStage({ name, restarts, epochs, stepsPerEpoch, memory, problem }: StageReport, verbose: boolean): void {
  const passes = `- ${name}: ${counted(restarts, 'restart')}, ${epochs} epochs of ${stepsPerEpoch} steps`;
  if (memory === null) {
    print(wrapped(`${passes}. Does not fit: ${problem}`, '  '));
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
  print(wrapped(`${passes}. Memory: ${bytes(total)}${verbose ? ` (${detail.join(', ')})` : ''}`, '  '));
}
