// Encoders of tables in a fit by deep canonical correlation with observed causes. Deep canonical correlation trains
// encoders of what modalities share, with noise on every latent. It may lose a direction that a cause changes, but that
// is a small share of what the columns share with images: on the light tunnel it kept half of the colours of five
// sensors. So encoders of tables start from linear numbers of the columns. If these already contain the columns,
// training could only lose some of it.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Dataset, Modality } from '../data/dataset.js';
import { observationOf } from '../data/observation.js';
import { centredMatrix, columnMeans, leastSquares } from '../linear/index.js';
import { latentEncoderName } from '../networks/latent-encoders.js';
import { latentLayout } from '../networks/layout.js';
import { encoderInputs } from '../networks/table-network.js';
import { linearLayers, type LayerValues } from '../nn/linear-layers.js';
import { filled, tableOf } from '../quality/index.js';
import type { FitConfig } from './config.js';
import { linearStart, markWeights, type LinearStart } from './linear-start.js';
import { modalityShapes, subspaceModel } from './model-config.js';
import type { FitStage } from './stage.js';

/** Maximum share of the columns' variance that the linear numbers of an untrained encoder leave out. */
const MAX_REST = 0.01;

export interface TableEncoders {
  readonly encoders: readonly TableEncoder[];
  /** Names of the encoders that need no training. */
  readonly untrained: readonly string[];
}

interface TableEncoder {
  /** Prefix of the parameters. Modalities of equal shape share them. */
  readonly name: string;
  readonly member: number;
  readonly members: number;
  readonly latents: number;
  readonly layers: readonly LayerValues[];
  /** Share of the columns' variance that the numbers leave out. */
  readonly rest: number;
}

/**
 * Returns initial encoders of all tables; undefined if there are none, or if they have no `linearStart`.
 * @throws the signal's reason
 */
export async function tableEncoders(
  dataset: Dataset,
  config: FitConfig,
  signal?: AbortSignal,
): Promise<TableEncoders | undefined> {
  const tables = [...dataset.modalities.keys()].filter((m) => dataset.modalities[m].regularArray === undefined);
  if (tables.length === 0) return undefined;
  const ofTables = { ...dataset, modalities: tables.map((m) => dataset.modalities[m]) };
  const starts = await linearStart(ofTables, subspaceModel(ofTables, config), signal);
  if (starts === undefined) return undefined;
  const { groups } = latentLayout(modalityShapes(dataset));
  const encoders = tables.map((m, i): TableEncoder => {
    const g = groups.findIndex(({ members }) => members.includes(m));
    const { members } = groups[g];
    const place = { name: latentEncoderName(g), member: members.indexOf(m), members: members.length };
    return { ...place, ...whiteEncoder(dataset.modalities[m], starts[i], config.hidden) };
  });
  const names = [...new Set(encoders.map(({ name }) => name))];
  const isWhole = (name: string): boolean => encoders.every((one) => one.name !== name || one.rest <= MAX_REST);
  return { encoders, untrained: names.filter(isWhole) };
}

/**
 * Writes the encoders into every restart. Hidden units that carry no number keep their random values.
 * @param stage the stage whose `initial`, parameters of `CorrelationModel`, change in place
 */
export function startTables({ encoders }: TableEncoders, { runs, initial }: Pick<FitStage, 'runs' | 'initial'>): void {
  for (const { name, member, members, latents, layers } of encoders) {
    for (let run = 0; run < runs; run++) {
      layers.forEach((layer, l) => {
        const outputs = layer.bias.length;
        const written = l < layers.length - 1 ? 2 * latents : outputs;
        for (const part of ['weight', 'bias'] as const) {
          const values = layer[part].subarray(0, (written * layer[part].length) / outputs);
          initial.get(`${name}.${l}.${part}`)!.set(values, (run * members + member) * layer[part].length);
        }
      });
    }
  }
}

/** Returns an encoder whose outputs are uncorrelated and have variance 1 over the subjects of the start. */
function whiteEncoder(
  modality: Modality,
  { rows, toLatents, fillValues }: LinearStart,
  hidden: number,
): Pick<TableEncoder, 'latents' | 'layers' | 'rest'> {
  const { latents } = modality;
  const observation = observationOf(modality);
  const samples = filled(tableOf([modality], rows), fillValues);
  const centre = columnMeans(samples);
  const columns = centredMatrix(samples, centre);
  const numbers = columns.mmul(toLatents);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    numbers.transpose().mmul(numbers).div(numbers.rows),
    { assumeSymmetric: true },
  );
  const weights = toLatents.mmul(eigenvectorMatrix).mulRowVector(realEigenvalues.map((value) => 1 / Math.sqrt(value)));
  const white = columns.mmul(weights);
  const left = Matrix.sub(columns, white.mmul(leastSquares(white, columns)));
  const marks = observation.masked ? markWeights(weights, fillValues).to2DArray() : [];
  const read = new Matrix([...weights.to2DArray(), ...marks]);
  const shift = Matrix.rowVector([...centre].map((value, c) => (observation.masked ? fillValues[c] : 0) - value));
  const layers = linearLayers(
    { inputs: encoderInputs(observation), outputs: latents, matrix: read.transpose().to1DArray() },
    {
      inputs: latents,
      outputs: latents,
      matrix: Matrix.eye(latents).to1DArray(),
      shift: shift.mmul(weights).to1DArray(),
    },
    hidden,
  );
  return { latents, layers, rest: left.pow(2).sum() / columns.clone().pow(2).sum() };
}
