// Counts data sets in which `select` finds the number of latents, and data sets in which the fit warns that latents are
// determined only up to mixing.

import type { Dataset } from '../../src/data/dataset.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { selectLatents } from '../../src/selection/select-latents.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { CASES, type CaseName } from '../../src/simulation/cases.js';
import { trainingSubjects, type SimulationOptions } from '../../src/simulation/options.js';
import { simulate } from '../../src/simulation/simulate.js';
import { fitConfig } from '../../src/training/config.js';
import type { CountExperiment, CountOutcome, CountRun } from './counts.js';
import { FIRST_SEED } from './experiment.js';
import { LINEAR_GAUSSIAN, MECHANISM_SETS } from './paper-experiments.js';

const MECHANISMS = Object.values(MECHANISM_SETS);

interface Counted {
  readonly id: string;
  readonly title: string;
  readonly case: CaseName;
  /** Options of the data sets; each seed uses the next ones in turn. */
  readonly simulations: readonly SimulationOptions[];
  readonly dataSets: number;
  readonly reach: CountExperiment['reach'];
}

/** Counts data sets in which `select` recommends the true number of latents in every modality. */
function selected(experiment: Counted): CountExperiment {
  const settings = (seed: number) => JSON.stringify({ simulation: simulationOf(experiment, seed) });
  const count = async (run: CountRun): Promise<CountOutcome> => {
    const { modalities } = await selectLatents(datasetOf(experiment, run.seed), run);
    const numbers = modalities.map(({ recommended }) => recommended);
    const { latents } = CASES[experiment.case];
    return { counted: numbers.every((number) => number === latents), result: numbers.join(' + ') };
  };
  return { ...experiment, firstSeed: FIRST_SEED, group: 'counts', counted: 'number found', settings, count };
}

/** Counts data sets in which the fit reports a latent as determined only up to mixing. */
function warned(experiment: Counted): CountExperiment {
  const settings = (seed: number) => {
    const simulation = simulationOf(experiment, seed);
    return JSON.stringify({
      simulation,
      fit: fitConfig({ seed }, { subjects: trainingSubjects(simulation) }),
    });
  };
  const count = async (run: CountRun): Promise<CountOutcome> => {
    const dataset = datasetOf(experiment, run.seed);
    const model = await MultimodalCausalModel.fit(dataset, { ...run, evidence: 'none' });
    const { restarts, equals, agreement = [1], determined = [] } = model.summary.determination!;
    await model.dispose();
    const min = Math.min(...agreement).toFixed(3);
    return { counted: determined.includes(false), result: `${equals} of ${restarts} equal, least agreement ${min}` };
  };
  return { ...experiment, firstSeed: FIRST_SEED, group: 'counts', counted: 'warned', settings, count };
}

function simulationOf({ simulations }: Counted, seed: number): SimulationOptions & { readonly seed: number } {
  return { ...simulations[seed % simulations.length], seed };
}

function datasetOf(experiment: Counted, seed: number): Dataset {
  return simulatedDataset(simulate(experiment.case, simulationOf(experiment, seed)));
}

export const SELECTION_COUNTS: readonly CountExperiment[] = [
  selected({
    id: 'select-case1',
    title: 'case 1 (truth 2 + 2): latents chosen by select',
    case: 'case1',
    simulations: [{}],
    dataSets: 20,
    reach: { min: 18 },
  }),
  selected({
    id: 'select-case2',
    title: 'case 2 (truth 3 + 3), four mechanisms: latents chosen by select',
    case: 'case2',
    simulations: MECHANISMS,
    dataSets: 20,
    reach: { min: 18 },
  }),
  warned({
    id: 'warned-linear-gaussian',
    title: 'case 1, linear Gaussian (not identifiable): the fit warns',
    case: 'case1',
    simulations: [LINEAR_GAUSSIAN],
    dataSets: 10,
    reach: { min: 9 },
  }),
  warned({
    id: 'warned-identifiable',
    title: 'case 1, four mechanisms (identifiable): the fit warns',
    case: 'case1',
    simulations: MECHANISMS,
    dataSets: 10,
    reach: { max: 1 },
  }),
];
