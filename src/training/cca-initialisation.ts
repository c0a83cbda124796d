// CCA initialisation of the encoders of series, for deep canonical correlation. The phases of series are random, so the
// outputs of random encoders of two modalities are almost unrelated. Their correlation is below the chance level of a
// mini-batch, and training then finds only some of the latents. But the layers below the head are random features
// (Rahimi & Recht, NIPS 2007). With thousands of subjects, the canonical directions of these features exceed chance.
// The heads start from these directions.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { compile } from '../compile/index.js';
import { causeTerms, termCount, type Cause } from '../data/causes.js';
import type { Dataset } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { data } from '../graph/index.js';
import { latentCounts, latentEncoderName } from '../networks/latent-encoders.js';
import { latentLayout, type LatentLayout, type ModalityGroup } from '../networks/layout.js';
import { observationNetwork } from '../networks/observation.js';
import { groupData, miniBatches } from '../networks/sources.js';
import { ParameterList, type Initialiser } from '../nn/parameters.js';
import { Program, type Compute } from '../runtime/program.js';
import type { FitConfig } from './config.js';
import type { FitStage } from './stage.js';
import { modalityShapes } from './model-config.js';

/** Maximum number of subjects from which directions are computed, and the number of subjects per batch. */
const MAX_SUBJECTS = 8192;
const BATCH = 256;
/** Minimum number of subjects per principal component of the features: with fewer, chance correlates as much. */
const PER_COMPONENT = 40;
/** Minimum variance of a direction, as a share of the largest one: smaller variances are rounding errors. */
const MIN_VARIANCE = 1e-6;

/** Last layer of a group's encoders, from the last hidden layer to the latents. */
interface Head {
  readonly group: ModalityGroup;
  readonly position: number;
  readonly name: string;
  readonly latents: number;
  /** Units of the last hidden layer. */
  readonly width: number;
  /** `[runs, members, latents, width]` and `[runs, members, latents]`. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Features and head of one modality in one restart. */
interface Block {
  /** Subjects × features; 0 for subjects who lack the modality. */
  readonly features: Matrix;
  readonly present: readonly boolean[];
  readonly latents: number;
  /** Outputs, `[latents, features]` and `[latents]`. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/**
 * Writes canonical directions into the heads of the encoders, except for latents that are declared shift-invariant.
 * @param stage the stage whose `initial`, parameters of `CorrelationModel`, change in place
 * @throws what a program throws; the signal's reason
 */
export async function initialiseByCca(
  dataset: Dataset,
  config: FitConfig,
  { runs, initial }: Pick<FitStage, 'runs' | 'initial'>,
  options: Compute,
): Promise<void> {
  const { train } = dataset.split;
  const layout = latentLayout(modalityShapes(dataset));
  const heads = headsOf(layout, runs, initial);
  const stride = Math.max(1, train.length / MAX_SUBJECTS);
  const rows = Int32Array.from({ length: Math.floor(train.length / stride) }, (_, i) => train[Math.floor(i * stride)]);
  const read = await randomFeatures(dataset, { config, runs, layout, heads, rows, initial, options });
  for (let run = 0; run < runs; run++) {
    options.signal?.throwIfAborted();
    const blocks = heads.flatMap((head, h) =>
      head.group.members.map((modality, member): Block => {
        const { latents, width } = head;
        const has = presenceOf(dataset.modalities[modality]);
        const at = (run * head.group.members.length + member) * latents;
        return {
          features: read(run, h, member),
          present: Array.from(rows, (row) => has[row] === 1),
          latents,
          weight: head.weight.subarray(at * width, (at + latents) * width),
          bias: head.bias.subarray(at, at + latents),
        };
      }),
    );
    fillHeads([...blocks, ...termBlocks(dataset.causes, rows)]);
  }
}

/** Returns the terms of observed causes as features of another modality, for which no directions are needed. */
function termBlocks(causes: readonly Cause[] | undefined, rows: Int32Array): Block[] {
  if (!causes?.length) return [];
  const terms = causeTerms(causes);
  const width = termCount(causes);
  const features = new Matrix(Array.from(rows, (row) => Array.from(terms.subarray(row * width, (row + 1) * width))));
  const none = new Float32Array();
  return [{ features, present: new Array<boolean>(rows.length).fill(true), latents: 0, weight: none, bias: none }];
}

function headsOf({ groups }: LatentLayout, runs: number, initial: ReadonlyMap<string, Float32Array>): Head[] {
  return groups.flatMap((group, position): Head[] => {
    const { plain: latents } = latentCounts(group);
    if (latents === 0) return [];
    const name = latentEncoderName(position);
    let last = 0;
    while (initial.has(`${name}.${last + 1}.weight`)) last++;
    const weight = initial.get(`${name}.${last}.weight`)!;
    const width = weight.length / (runs * group.members.length * latents);
    return [{ group, position, name, latents, width, weight, bias: initial.get(`${name}.${last}.bias`)! }];
  });
}

/** Returns the features of the rows for a restart, a head, and a member of its group. */
type ReadFeatures = (run: number, head: number, member: number) => Matrix;

/** Computes the outputs of the last hidden layers, by encoders whose heads are identity matrices. */
async function randomFeatures(
  { modalities, ids }: Dataset,
  {
    config: { hidden },
    runs,
    layout,
    heads,
    rows,
    initial,
    options: { signal, ...options },
  }: {
    readonly config: FitConfig;
    readonly runs: number;
    readonly layout: LatentLayout;
    readonly heads: readonly Head[];
    readonly rows: Int32Array;
    readonly initial: ReadonlyMap<string, Float32Array>;
    readonly options: Compute;
  },
): Promise<ReadFeatures> {
  const parameters = new ParameterList(runs);
  const steps = Math.ceil(rows.length / BATCH);
  const x = miniBatches(layout, ids.length, data('rows', [1, steps, BATCH], 'int32'), modalities);
  const outputs = heads.map(({ group, position, name, width }) => {
    const widths = { members: group.members.length, hidden, outputs: width, head: identity };
    return [name, observationNetwork(group.observation).encoder(parameters, name, widths)(x[position])] as const;
  });
  const compiled = compile({ runs, entries: { read: { outputs: Object.fromEntries(outputs) } } });
  const program = Program.load(compiled, options);
  try {
    const contents = groupData(layout, modalities, ids.length);
    contents.forEach((values, name) => {
      if (name in compiled.data) program.set('data', name, values);
    });
    program.set(
      'data',
      'rows',
      Int32Array.from({ length: steps * BATCH }, (_, i) => rows[i % rows.length]),
    );
    parameters.initialValues(new Array<number>(runs).fill(0)).forEach((identityValues, name) => {
      const values = initial.get(name);
      // Heads have another shape here: identity matrices replace them.
      program.set('parameters', name, values?.length === identityValues.length ? values : identityValues);
    });
    const { results } = await program.run('read', { firstStep: 0, steps, signal });
    signal?.throwIfAborted();
    const sizes = heads.map(({ group, width }) => runs * group.members.length * width * BATCH);
    const perStep = sizes.reduce((a, b) => a + b, 0);
    return (run, h, member) => {
      const { group, width } = heads[h];
      const before = sizes.slice(0, h).reduce((a, b) => a + b, 0);
      const first = before + (run * group.members.length + member) * width * BATCH;
      const features = Matrix.zeros(rows.length, width);
      for (let i = 0; i < rows.length; i++) {
        const start = Math.floor(i / BATCH) * perStep + first + (i % BATCH);
        for (let unit = 0; unit < width; unit++) features.set(i, unit, results[start + unit * BATCH]);
      }
      return features;
    };
  } finally {
    await program.dispose();
  }
}

const identity: Initialiser = ([members, outputs, inputs]) =>
  Float32Array.from({ length: members * outputs * inputs }, (_, at) =>
    Number(Math.floor(at / inputs) % outputs === at % inputs),
  );

/**
 * Fills the heads with each modality's directions of largest summed squared correlation with the other modalities. For
 * two modalities these are the canonical variates.
 */
function fillHeads(blocks: readonly Block[]): void {
  const white = blocks.map(whitened);
  blocks.forEach(({ latents, weight, bias, features, present }, m) => {
    const { means, basis, scores } = white[m];
    const agreement = Matrix.zeros(scores.columns, scores.columns);
    white.forEach((other, i) => {
      if (i === m) return;
      const both = present.filter((has, row) => has && blocks[i].present[row]).length;
      const across = scores.transpose().mmul(other.scores).div(Math.max(1, both));
      agreement.add(across.mmul(across.transpose()));
    });
    const { values, vectors } = eigenvectors(agreement);
    for (let latent = 0; latent < Math.min(latents, values.length); latent++) {
      const direction = basis.mmul(Matrix.columnVector(vectors.getColumn(latent))).getColumn(0);
      weight.set(direction, latent * features.columns);
      bias[latent] = -direction.reduce((sum, weightOfUnit, unit) => sum + weightOfUnit * means[unit], 0);
    }
  });
}

/** Returns principal components of variance 1. The scores of subjects who lack the modality are 0. */
function whitened({ features, present }: Block) {
  const rows = present.flatMap((has, row) => (has ? [row] : []));
  const centred = features.subMatrixRow(rows);
  const means = centred.mean('column');
  centred.subRowVector(means);
  const { values, vectors } = eigenvectors(centred.transpose().mmul(centred).div(rows.length));
  const maxComponents = Math.max(1, Math.floor(rows.length / PER_COMPONENT));
  const variances = values.filter((value, i) => i < maxComponents && value > MIN_VARIANCE * values[0]);
  const basis = vectors
    .subMatrixColumn([...variances.keys()])
    .mmul(Matrix.diag(variances.map((variance) => 1 / Math.sqrt(variance))));
  const scores = Matrix.zeros(present.length, variances.length);
  const scoresOfPresent = centred.mmul(basis);
  rows.forEach((row, i) => scores.setRow(row, scoresOfPresent.getRow(i)));
  return { means, basis, scores };
}

/** Returns eigenvalues and eigenvectors of a symmetric matrix, largest values first. */
function eigenvectors(matrix: Matrix) {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const order = [...realEigenvalues.keys()].sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  return {
    values: order.map((i) => realEigenvalues[i]),
    vectors: eigenvectorMatrix.subMatrixColumn(order),
  };
}
