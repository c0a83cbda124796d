// Simulated studies with observed causes, and the figures to reach (issue 41).

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSimulation } from '../../src/simulation/files.js';
import { trainingSubjects, type SimulationOptions } from '../../src/simulation/options.js';
import { simulate, type Simulation } from '../../src/simulation/simulate.js';
import { readStudy } from '../../src/study/study.js';
import type { CauseTruth } from './cause-figures.js';
import type { CauseData, CauseReach, CauseStudy } from './causes.js';

/** One exogenous variable in each simulated modality. */
const EXOGENOUS = 1;

interface SimulatedStudy {
  readonly id: string;
  readonly title: string;
  readonly dataSets: number;
  readonly case: 'chain' | 'pair';
  readonly options: SimulationOptions;
  readonly reach?: CauseReach;
}

function simulatedStudy({ case: name, options, ...rest }: SimulatedStudy): CauseStudy {
  return {
    ...rest,
    page: 'chain',
    settings: { case: name, simulation: options },
    subjects: { subjects: trainingSubjects(options) },
    data: (seed) => simulatedData(simulate(name, { ...options, seed })),
  };
}

/** Returns the study of a simulation, written to tables and read from them, and its truth. */
export async function simulatedData(simulation: Simulation): Promise<CauseData> {
  const folder = await mkdtemp(join(tmpdir(), 'interlatent-causes-'));
  try {
    await writeSimulation(simulation, folder, { format: 'npz' });
    const { dataset } = await readStudy(join(folder, 'study.yaml'));
    const rowOf = new Map(simulation.ids.map((id, row) => [id, row]));
    return {
      dataset,
      truth: truthOf(
        simulation,
        Int32Array.from(dataset.ids, (id) => rowOf.get(id)!),
      ),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param rows row of the simulation of each subject */
function truthOf({ modalities, latents, z, eta, adjacency, causes = [] }: Simulation, rows: Int32Array): CauseTruth {
  const all = modalities.length * latents;
  const width = latents + EXOGENOUS;
  const names = modalities.flatMap(({ name }) => Array.from({ length: latents }, (_, i) => `${name}.z${i + 1}`));
  const targets = causes.flatMap(({ name, kind, levels, targets: of }) => {
    const keys = kind === 'categorical' ? levels!.slice(1).map((level) => `${name}=${level}`) : [name];
    return keys.map((key, row) => [key, names.filter((_, latent) => of[row * all + latent] !== 0)] as const);
  });
  return {
    modalities: modalities.map(({ name }, m) => {
      const values = new Float64Array(rows.length * width);
      rows.forEach((row, i) => {
        values.set(z.subarray(row * all + m * latents, row * all + (m + 1) * latents), i * width);
        values[i * width + latents] = eta[row * modalities.length + m];
      });
      return { name, latents, exogenous: EXOGENOUS, values };
    }),
    adjacency,
    targets: Object.fromEntries(targets),
  };
}

/** A level on a latent that determines a pair of modalities with one-to-one links, for which Condition 4.3 fails. */
const SOFT: SimulationOptions = { levels: 'shift', targets: [['m1.z1']] };

export const CAUSE_STUDIES: readonly CauseStudy[] = [
  simulatedStudy({
    id: 'causes-chain',
    title: 'chain of 3, perfect levels, unknown targets',
    dataSets: 20,
    case: 'chain',
    options: { levels: 'perfect' },
    reach: { mcc: 0.97, worst: 0.95, shd: { max: 0, minSets: 18 } },
  }),
  simulatedStudy({
    id: 'causes-chain-known',
    title: 'chain of 3, perfect levels, known targets',
    dataSets: 5,
    case: 'chain',
    options: { levels: 'perfect', knownTargets: 'latents' },
    reach: { mcc: 0.97, worst: 0.95, shd: { max: 0, minSets: 5 } },
  }),
  simulatedStudy({
    id: 'causes-chain-2000',
    title: 'chain of 3, perfect levels, unknown targets, 2,000 rows',
    dataSets: 5,
    case: 'chain',
    options: { levels: 'perfect', samples: 2000, test: 1000 },
    reach: { mcc: 0.97 },
  }),
  simulatedStudy({
    id: 'causes-chain-500',
    title: 'chain of 3, perfect levels, unknown targets, 500 rows',
    dataSets: 5,
    case: 'chain',
    options: { levels: 'perfect', samples: 500, test: 1000 },
    reach: { mcc: 0.95 },
  }),
  simulatedStudy({
    id: 'causes-pair-soft',
    title: 'two modalities, one-to-one links, one shift level, unknown target',
    dataSets: 5,
    case: 'pair',
    options: SOFT,
    reach: { mcc: 0.98 },
  }),
  simulatedStudy({
    id: 'causes-chain-shift',
    title: 'chain of 3, shift levels (not identifiable)',
    dataSets: 3,
    case: 'chain',
    options: { levels: 'shift' },
  }),
];
