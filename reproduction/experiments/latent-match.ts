// Matches fitted latents with the true ones of a simulation. A true value corresponds to the fitted value with the same
// quantile among training subjects.

import type { Dataset } from '../../src/data/dataset.js';
import { quantileOf } from '../../src/data/ranks.js';
import { chanceFloors, meanCorrelation } from '../../src/metrics/index.js';
import type { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { latentNames, type Setting } from '../../src/questions/index.js';
import type { Simulation } from '../../src/simulation/simulate.js';

/** Fitted latents with the true latents that they match. */
export interface LatentMatch {
  readonly mcc: number;
  /** Chance floor of the MCC. */
  readonly chance: number;
  /** Names of the latents. */
  readonly names: readonly string[];
  /** Index of the true latent, by name of the fitted one. */
  readonly truthOf: ReadonlyMap<string, number>;
  /** Returns the fitted value that corresponds to a value of a true latent. */
  value(latent: number, value: number): number;
  /** Returns the setting of the fitted latent that corresponds to a value of a true latent. */
  setting(latent: number, value: number): Setting;
}

/** Matches latents within each modality by |Spearman| over the training split. */
export async function matchLatents(
  model: MultimodalCausalModel,
  dataset: Dataset,
  { z: truth }: Simulation,
): Promise<LatentMatch> {
  const names = latentNames(model.summary);
  const width = names.length;
  const encoded = await model.encode(dataset);
  const rows = Array.from(dataset.split.train);
  const fittedColumns = Object.values(encoded).flatMap((values) => {
    const latents = values.length / dataset.ids.length;
    return Array.from({ length: latents }, (_, k) => Float64Array.from(rows, (row) => values[row * latents + k]));
  });
  const table = (column: (latent: number, i: number) => number) => ({
    values: Float64Array.from({ length: rows.length * width }, (_, at) => column(at % width, Math.floor(at / width))),
    rows: rows.length,
    columns: width,
  });
  const trueValue = (latent: number, i: number): number => truth[rows[i] * width + latent];
  const layout = { modalities: dataset.modalities.map(({ latents }) => latents) };
  const known = table(trueValue);
  const { spearman } = meanCorrelation(
    known,
    table((latent, i) => fittedColumns[latent][i]),
    layout,
  );
  const maps = names.map((_, latent) => {
    const fitted = fittedColumns[spearman.matching[latent]];
    const rising = fitted.reduce((sum, value, i) => sum + value * trueValue(latent, i), 0) > 0;
    const sorted = Float64Array.from(fitted).sort();
    const truths = Float64Array.from(rows, (_, i) => trueValue(latent, i)).sort();
    return (value: number): number => {
      const share = shareBelow(truths, value);
      return quantileOf(sorted, rising ? share : 1 - share);
    };
  });
  return {
    mcc: spearman.mean,
    chance: chanceFloors(known, layout).spearman.mean,
    names,
    truthOf: new Map(names.map((_, latent) => [names[spearman.matching[latent]], latent])),
    value: (latent, value) => maps[latent](value),
    setting: (latent, value) => ({ [names[spearman.matching[latent]]]: maps[latent](value) }),
  };
}

/** Returns the share of ascending numbers below a value, interpolated linearly between neighbours. */
function shareBelow(sorted: Float64Array, value: number): number {
  const above = sorted.findIndex((one) => one >= value);
  if (above <= 0) return above < 0 ? 1 : 0;
  const place = above - 1 + (value - sorted[above - 1]) / (sorted[above] - sorted[above - 1]);
  return place / (sorted.length - 1);
}
