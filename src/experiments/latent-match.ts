// Which fitted latent is which true one of a simulation, and which value of it a true value is: as many training
// subjects lie below the one as below the other.

import type { Dataset } from '../data/dataset.js';
import { quantileOf } from '../data/ranks.js';
import { chanceFloors, meanCorrelation } from '../metrics/index.js';
import type { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { latentNames, type Setting } from '../questions/index.js';
import type { Simulation } from '../simulation/simulate.js';

/** Fitted latents and the true ones they are. */
export interface LatentMatch {
  readonly mcc: number;
  /** Its chance floor. */
  readonly chance: number;
  readonly names: readonly string[];
  /** True latent of each fitted one. */
  readonly truthOf: ReadonlyMap<string, number>;
  /** A true value as one of the fitted latent. */
  value(latent: number, value: number): number;
  setting(latent: number, value: number): Setting;
}

/** Matched within each modality by |Spearman| over the training split. */
export async function matchLatents(
  model: MultimodalCausalModel,
  dataset: Dataset,
  { z: truth }: Simulation,
): Promise<LatentMatch> {
  const names = latentNames(model.summary);
  const width = names.length;
  const encoded = await model.encode(dataset);
  const rows = Array.from(dataset.split.train);
  const own = Object.values(encoded).flatMap((values) => {
    const latents = values.length / dataset.ids.length;
    return Array.from({ length: latents }, (_, k) => Float64Array.from(rows, (row) => values[row * latents + k]));
  });
  const table = (column: (latent: number, i: number) => number) => ({
    values: Float64Array.from({ length: rows.length * width }, (_, at) => column(at % width, Math.floor(at / width))),
    rows: rows.length,
    columns: width,
  });
  const isTrue = (latent: number, i: number): number => truth[rows[i] * width + latent];
  const layout = { modalities: dataset.modalities.map(({ latents }) => latents) };
  const known = table(isTrue);
  const { spearman } = meanCorrelation(
    known,
    table((latent, i) => own[latent][i]),
    layout,
  );
  const maps = names.map((_, latent) => {
    const fitted = own[spearman.matching[latent]];
    const rising = fitted.reduce((sum, value, i) => sum + value * isTrue(latent, i), 0) > 0;
    const sorted = Float64Array.from(fitted).sort();
    const truths = Float64Array.from(rows, (_, i) => isTrue(latent, i)).sort();
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

/** The share of ascending numbers that lie below a value, linear between two of them. */
function shareBelow(sorted: Float64Array, value: number): number {
  const above = sorted.findIndex((one) => one >= value);
  if (above <= 0) return above < 0 ? 1 : 0;
  const place = above - 1 + (value - sorted[above - 1]) / (sorted[above] - sorted[above - 1]);
  return place / (sorted.length - 1);
}
