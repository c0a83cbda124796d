// Encoders that find what modalities share, without a decoder (METHOD section 10): deep CCA of functions of each
// modality's latents. Without the functions a second latent may be no more than a second function of the first.

import { add, matmul, mul, reshape, slice, tanh, withScope, type Node } from '../graph/index.js';
import { constantValue, fanIn, ParameterList } from '../nn/parameters.js';
import { distanceFromWhite, sharedNats } from './correlation.js';
import { LatentEncoders } from './latent-encoders.js';
import type { NoiseSource } from './latent-prior.js';
import { perModality, type LatentLayout } from './layout.js';
import type { Observed } from './observation-network.js';

/** Width of the functions' hidden layer. */
const FUNCTION_WIDTH = 32;
/** Noise on latents, in their standard deviations: functions cannot hang on what is finer. */
const LATENT_NOISE = 0.05;

/** So many functions of so many latents: more than there are latents, and what bends them. */
function functionsOf(latents: number): number {
  return 2 * latents + 1;
}

export interface Correlation {
  /** What pairs of modalities share, Σ over pairs / (M − 1), in nats, `[runs]`. */
  readonly nats: Node;
  /** How far latents and functions are from white, Σ over modalities, `[runs]`. */
  readonly whiteness: Node;
}

export class CorrelationModel {
  readonly parameters: ParameterList;
  readonly #layout: LatentLayout;
  readonly #encoders: LatentEncoders;
  readonly #functions: readonly ((z: Node) => Node)[];

  /** Creates the parameters of `LatentEncoders` and `function.g<group>.{0,1}.{weight,bias}`. */
  constructor(layout: LatentLayout, hidden: number, runs: number) {
    this.#layout = layout;
    this.parameters = new ParameterList(runs);
    this.#encoders = new LatentEncoders(this.parameters, layout, hidden);
    this.#functions = layout.groups.map(({ latents, members }, g) =>
      latentFunctions(this.parameters, `function.g${g}`, members.length, latents),
    );
  }

  /** Of each modality. */
  get functionCounts(): number[] {
    return this.#layout.modalities.map(({ latents }) => functionsOf(latents));
  }

  /** @param x per group @returns per group `[runs, members, latents, batch]` */
  encode(x: readonly Observed[]): Node[] {
    return this.#encoders.encode(x);
  }

  /** Functions of the latents, one node `[runs, functions, batch]` a modality. @param z per group */
  functions(z: readonly Node[]): Node[] {
    return perModality(
      this.#layout,
      z.map((own, g) => this.#functions[g](own)),
    );
  }

  /** @param x per group @param noise on the latents */
  correlation(x: readonly Observed[], noise: NoiseSource): Correlation {
    const z = this.encode(x);
    const noisy = z.map((own, g) => add(own, mul(noise.normal(`latents.g${g}`, own.shape), LATENT_NOISE)));
    const [latents, functions] = [perModality(this.#layout, z), this.functions(noisy)];
    const present = presenceByModality(this.#layout, x);
    return withScope('correlation', () => {
      const pairs = functions.flatMap((a, i) =>
        functions.slice(i + 1).map((b, j) => sharedNats(a, b, both(present[i], present[i + 1 + j]))),
      );
      const distances = [...latents, ...functions].map((own, i) =>
        distanceFromWhite(own, present[i % functions.length]),
      );
      const total = (terms: readonly Node[]): Node => terms.reduce((a, b) => add(a, b));
      return { nats: mul(total(pairs), 1 / (functions.length - 1)), whiteness: total(distances) };
    });
  }
}

/** `[runs, members, latents, batch]` → `[runs, members, functions, batch]`, one tanh layer between. */
function latentFunctions(parameters: ParameterList, name: string, members: number, latents: number) {
  const layer = (index: number, outputs: number, inputs: number) => ({
    weight: parameters.create(`${name}.${index}.weight`, [members, outputs, inputs], fanIn()),
    bias: parameters.create(`${name}.${index}.bias`, [members, outputs, 1], constantValue(0)),
  });
  const first = layer(0, FUNCTION_WIDTH, latents);
  const second = layer(1, functionsOf(latents), FUNCTION_WIDTH);
  return (z: Node): Node => {
    const bent = tanh(add(matmul(first.weight, z), first.bias));
    return add(matmul(second.weight, bent), second.bias);
  };
}

/** 1 for subjects who have the modality, `[1, 1, batch]`; undefined where all have it. */
function presenceByModality({ groups, modalities }: LatentLayout, x: readonly Observed[]): (Node | undefined)[] {
  return modalities.map((_, m) => {
    const g = groups.findIndex(({ members }) => members.includes(m));
    const { present } = x[g];
    if (!present) return undefined;
    const position = groups[g].members.indexOf(m);
    const [runs, , , batch] = present.shape;
    return reshape(slice(present, 1, position, position + 1), [runs, 1, batch]);
  });
}

/** Of two weights, the subjects that count in both. */
function both(a: Node | undefined, b: Node | undefined): Node | undefined {
  return a && b ? mul(a, b) : (a ?? b);
}
