// Simulated studies with observed causes, and the figures to reach (issue 41).

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Matrix, solve } from 'ml-matrix';
import type { Dataset } from '../../src/data/dataset.js';
import { spearman, type Samples } from '../../src/metrics/index.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { writeLightTunnel } from '../../src/simulation/light-tunnel/files.js';
import {
  simulateLightTunnel,
  tunnelLatents,
  type LightTunnel,
  type LightTunnelOptions,
} from '../../src/simulation/light-tunnel/light-tunnel.js';
import { SETTINGS, TUNNEL_GRAPH } from '../../src/simulation/light-tunnel/settings.js';
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
export function simulatedData(simulation: Simulation): Promise<CauseData> {
  return readBack(
    simulation,
    (folder) => writeSimulation(simulation, folder, { format: 'npz' }),
    (rows) => truthOf(simulation, rows),
  );
}

/** @param truth returns the truth; receives the row of the simulation of each subject */
async function readBack(
  { ids }: Pick<Simulation, 'ids'>,
  write: (folder: string) => Promise<unknown>,
  truth: (rows: Int32Array) => CauseTruth,
): Promise<CauseData> {
  const folder = await mkdtemp(join(tmpdir(), 'interlatent-causes-'));
  try {
    await write(folder);
    const { dataset } = await readStudy(join(folder, 'study.yaml'));
    const rowOf = new Map(ids.map((id, row) => [id, row]));
    return { dataset, truth: truth(Int32Array.from(dataset.ids, (id) => rowOf.get(id)!)) };
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

interface TunnelStudy {
  readonly id: string;
  readonly title: string;
  readonly dataSets: number;
  readonly options: LightTunnelOptions;
  readonly reach?: CauseReach;
}

function tunnelStudy({ options, ...rest }: TunnelStudy): CauseStudy {
  const { samples = TUNNEL_SAMPLES, modalities } = options;
  return {
    ...rest,
    page: 'tunnel',
    settings: { tunnel: options },
    // An angle causes a colour, and colours cause an angle.
    fit: { sparsity: { graph: 'acyclic' } },
    subjects: { subjects: trainingSubjects({ samples }), regularArrays: modalities === 'camera' },
    data: async (seed) => {
      const tunnel = simulateLightTunnel({ ...options, samples, seed });
      const data = await readBack(
        tunnel,
        (folder) => writeLightTunnel(tunnel, folder, { format: 'npz' }),
        (rows) => tunnelTruth(tunnel, rows),
      );
      return options.measurementNoise ? { ...data, ceiling: ceilingOf(tunnel, data.dataset) } : data;
    },
  };
}

/** Returns the mean |Spearman| of the settings and their least-squares prediction from all readings. */
function ceilingOf({ tables, values, ids }: LightTunnel, { ids: subjects, split }: Dataset): number {
  const rowOf = new Map(ids.map((id, row) => [id, row]));
  const columns = tables.flatMap((table) => table.columns);
  const rowsOf = (positions: Int32Array): number[] => Array.from(positions, (i) => rowOf.get(subjects[i])!);
  const readings = (rows: readonly number[]): Matrix =>
    new Matrix(rows.map((row) => [1, ...columns.map((column) => Number(column.values[row]))]));
  const width = SETTINGS.length;
  const settings = (rows: readonly number[]): Matrix =>
    new Matrix(rows.map((row) => Array.from(values.subarray(row * width, (row + 1) * width))));
  const [train, test] = [rowsOf(split.train), rowsOf(split.test)];
  const predicted = readings(test).mmul(solve(readings(train), settings(train)));
  const samplesOf = (matrix: Matrix): Samples => ({
    values: Float64Array.from(matrix.to1DArray()),
    rows: matrix.rows,
    columns: width,
  });
  const correlations = spearman(samplesOf(settings(test)), samplesOf(predicted)).values;
  return SETTINGS.reduce((sum, _, i) => sum + Math.abs(correlations[i * (width + 1)]) / width, 0);
}

/** The camera has no known latents: its colours are functions of all settings. */
function tunnelTruth({ tables, values }: LightTunnel, rows: Int32Array): CauseTruth {
  const latents = tunnelLatents(tables);
  const width = SETTINGS.length;
  return {
    modalities: tables.map(({ name, settings }) => {
      const ofTable = new Float64Array(rows.length * settings.length);
      rows.forEach((row, i) =>
        settings.forEach((setting, k) => (ofTable[i * settings.length + k] = values[row * width + setting])),
      );
      return { name, latents: settings.length, exogenous: 0, values: ofTable };
    }),
    adjacency: latents.flatMap((child) =>
      latents.map((parent) => TUNNEL_GRAPH[child.setting * width + parent.setting]),
    ),
    targets: Object.fromEntries(
      latents.map(({ name, setting }) => [`environment=${SETTINGS[setting]}`, [name]] as const),
    ),
  };
}

const TUNNEL_SAMPLES = 54_000;

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
    dataSets: 20,
    case: 'chain',
    options: { levels: 'perfect', samples: 2000, test: 1000 },
    reach: { mcc: 0.97 },
  }),
  simulatedStudy({
    id: 'causes-chain-500',
    title: 'chain of 3, perfect levels, unknown targets, 500 rows',
    dataSets: 20,
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
  tunnelStudy({
    id: 'causes-tunnel',
    title: 'light tunnel, sensors and angles, unknown targets',
    dataSets: 5,
    options: {},
    reach: { mcc: 0.99, shd: { max: 0, minSets: 5 } },
  }),
  tunnelStudy({
    id: 'causes-tunnel-known',
    title: 'light tunnel, sensors and angles, known targets',
    dataSets: 5,
    options: { knownTargets: 'latents' },
    reach: { mcc: 0.99, shd: { max: 0, minSets: 5 } },
  }),
  ...(['none', 'latents'] as const).map((knownTargets) =>
    tunnelStudy({
      id: `causes-tunnel-camera-16${knownTargets === 'none' ? '' : '-known'}`,
      title:
        `light tunnel, camera of 16 × 16 pixels, sensors and angles, 18,000 rows, ` +
        `${knownTargets === 'none' ? 'unknown' : 'known'} targets`,
      dataSets: 5,
      options: { modalities: 'camera', imageSize: 16, samples: 18_000, test: 2000, knownTargets },
      reach: { mcc: 0.97, shd: { max: 1, minSets: 5 } },
    }),
  ),
  tunnelStudy({
    id: 'causes-tunnel-camera',
    title: 'light tunnel, camera, sensors and angles, unknown targets',
    dataSets: 5,
    options: { modalities: 'camera' },
    reach: { mcc: 0.97, shd: { max: 1, minSets: 5 } },
  }),
  tunnelStudy({
    id: 'causes-tunnel-camera-known',
    title: 'light tunnel, camera, sensors and angles, known targets',
    dataSets: 5,
    options: { modalities: 'camera', knownTargets: 'latents' },
    reach: { mcc: 0.97, shd: { max: 1, minSets: 5 } },
  }),
  ...[0.03, 0.1].map((measurementNoise) =>
    tunnelStudy({
      id: `causes-tunnel-noise-${measurementNoise}`,
      title: `light tunnel, sensors and angles, known targets, noise of ${measurementNoise} sd`,
      dataSets: 5,
      options: { measurementNoise, knownTargets: 'latents' },
      reach: { belowCeiling: 0.01 },
    }),
  ),
];
