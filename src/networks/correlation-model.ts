// Encoders of what modalities share, trained without a decoder (METHOD section 10): deep CCA of functions of each
// modality's latents. Without the functions, a second latent could be just a second function of the first.

import {
  add,
  broadcastTo,
  clamp,
  concat,
  control,
  MAX_DETERMINANT,
  matmul,
  mul,
  reshape,
  slice,
  square,
  stopGradient,
  tanh,
  withScope,
  type Node,
} from '../graph/index.js';
import { constantValue, fanIn, ParameterList } from '../nn/parameters.js';
import { distanceFromWhite, sharedNats } from './correlation.js';
import { latentCounts, LatentEncoders, type GroupLatents } from './latent-encoders.js';
import type { NoiseSource } from './latent-prior.js';
import type { LatentLayout, ModalityGroup } from './layout.js';
import type { Observed } from './observation-network.js';

/** Width of the functions' hidden layer. */
const FUNCTION_WIDTH = 32;
/**
 * Number of functions per latent, so that each latent can have several. The functions of two modalities together must
 * fit a determinant.
 */
const FUNCTIONS_PER_LATENT = 5;
const MAX_FUNCTIONS = MAX_DETERMINANT / 2;
/** Maximum number of terms of observed causes. */
export const MAX_TERMS = MAX_DETERMINANT / 2;
/** Latents are limited to this magnitude before they are squared. */
const MAX_DEVIATIONS = 3;

/** Two sets of numbers whose shared information is measured. */
export interface SharedNumbers {
  /** `[runs, p, batch]` and `[runs, q, batch]`. */
  readonly first: Node;
  readonly second: Node;
  /** 1 for subjects who count, `[1, 1, batch]`; undefined if all count. */
  readonly present: Node | undefined;
  /** Positions of the modalities that a subject must have to count. */
  readonly modalities: readonly number[];
  /** Weight of these nats in the sum. */
  readonly weight: number;
}

export interface Correlation {
  /** Information that modalities share, in nats, `[runs]`. */
  readonly nats: Node;
  /** The same of latents instead of functions; undefined if fewer than two modalities have such latents. */
  readonly straight: Node | undefined;
  /** Distance of latents and functions from white, Σ over modalities, `[runs]`. */
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
    this.#functions = layout.groups.map((group, g) => latentFunctions(this.parameters, `function.g${g}`, group));
  }

  /**
   * Returns the terms of the training objective for a mini-batch. The control `latentNoise` is the standard deviation
   * of the noise.
   * @param x per group
   * @param noise on latents, and for moves
   * @param causes terms of observed causes, `[1, T, batch]`, which count as functions of another modality
   */
  correlation(x: readonly Observed[], noise: NoiseSource, causes?: Node): Correlation {
    const deviation = reshape(control('latentNoise', [1]), [1, 1, 1, 1]);
    const z = this.#encoders.trained(x, noise);
    const noisy = z.map(({ plain, invariant }, g) => ({
      plain: plain && add(plain, mul(noise.normal(`latents.g${g}`, plain.shape), deviation)),
      invariant,
    }));
    return withScope('correlation', () => {
      const natsOf = (sets: readonly SharedNumbers[]): Node[] =>
        sets.map(({ first, second, present, weight }) => mul(sharedNats(first, second, present), weight));
      const shared = natsOf(this.#shared(x, noisy, causes));
      const present = presenceByModality(this.#layout, x);
      const latents = [...this.#byModality(z, 'plain'), ...this.#byModality(z, 'invariant')];
      const numbers = [...latents, ...this.#functionsOf(noisy)];
      const distances = numbers.flatMap((node, i) =>
        node ? [distanceFromWhite(node, present[i % this.#layout.modalities.length])] : [],
      );
      const straight = natsOf(this.#pairs(this.#byModality(noisy, 'plain'), present, causes));
      return {
        nats: total(shared),
        straight: straight.length > 0 ? total(straight) : undefined,
        whiteness: total(distances),
      };
    });
  }

  /**
   * Returns the sets of numbers of the objective without noise and with fixed moves.
   * @param x per group
   * @param causes as for `correlation`
   */
  shared(
    x: readonly Observed[],
    causes?: Node,
  ): { readonly nats: SharedNumbers[]; readonly straight: SharedNumbers[] } {
    const z = this.#encoders.encode(x).map((latents, g): GroupLatents => {
      const { plain, invariant } = latentCounts(this.#layout.groups[g]);
      return {
        plain: plain > 0 ? slice(latents, 2, 0, plain) : undefined,
        invariant: invariant > 0 ? slice(latents, 2, plain, plain + invariant) : undefined,
      };
    });
    const straight = this.#pairs(this.#byModality(z, 'plain'), presenceByModality(this.#layout, x), causes);
    return { nats: this.#shared(x, z, causes), straight };
  }

  /**
   * Returns pairs of the functions of every two modalities. Further, it pairs every shift-invariant part with all other
   * latents of the subject and their squares, on which a mean can depend, too. Gradients do not change the second set
   * of these pairs.
   */
  #shared(x: readonly Observed[], z: readonly GroupLatents[], causes: Node | undefined): SharedNumbers[] {
    const present = presenceByModality(this.#layout, x);
    const functions = this.#functionsOf(z);
    const pairs = this.#pairs(functions, present, causes);
    const [plain, invariant] = [this.#byModality(z, 'plain'), this.#byModality(z, 'invariant')];
    const invariantSets = invariant.flatMap((node, m): SharedNumbers[] => {
      if (!node) return [];
      const known = [...plain, ...invariant.filter((_, other) => other !== m)].map((other, i) => {
        const has = present[i < plain.length ? i : otherThan(m, i - plain.length)];
        return other && has ? mul(other, has) : other;
      });
      const rest = stopGradient(
        concat(
          known.filter((other) => other !== undefined),
          1,
        ),
      );
      const squares = square(clamp(rest, -MAX_DEVIATIONS, MAX_DEVIATIONS));
      return [{ first: node, second: concat([rest, squares], 1), present: present[m], modalities: [m], weight: 1 }];
    });
    return [...pairs, ...invariantSets];
  }

  /**
   * Returns the pairs of every two modalities, and of each modality and the causes.
   * @param numbers by modality
   * @param present by modality
   */
  #pairs(
    numbers: readonly (Node | undefined)[],
    present: readonly (Node | undefined)[],
    causes: Node | undefined,
  ): SharedNumbers[] {
    const weight = 1 / (this.#layout.modalities.length - (causes ? 0 : 1));
    const withCauses = numbers.flatMap((first, m): SharedNumbers[] => {
      if (!causes || !first) return [];
      const second = broadcastTo(causes, [first.shape[0], ...causes.shape.slice(1)]);
      return [{ first, second, present: present[m], modalities: [m], weight }];
    });
    const pairs = numbers.flatMap((first, i) =>
      numbers.slice(i + 1).flatMap((second, j): SharedNumbers[] => {
        const pair = [i, i + 1 + j];
        if (!first || !second) return [];
        return [{ first, second, present: both(present[pair[0]], present[pair[1]]), modalities: pair, weight }];
      }),
    );
    return [...pairs, ...withCauses];
  }

  /** Returns the functions by modality, `[runs, functions, batch]`. */
  #functionsOf(z: readonly GroupLatents[]): (Node | undefined)[] {
    const grouped = z.map(({ plain }, g) => plain && this.#functions[g](plain));
    return byModality(this.#layout, grouped);
  }

  /** Returns the latents by modality, `[runs, latents, batch]`. */
  #byModality(z: readonly GroupLatents[], part: keyof GroupLatents): (Node | undefined)[] {
    return byModality(
      this.#layout,
      z.map((latents) => latents[part]),
    );
  }
}

/**
 * Returns a network of one tanh layer and a linear one: `[runs, members, latents, batch]` →
 * `[runs, members, functions, batch]`.
 */
function latentFunctions(parameters: ParameterList, name: string, group: ModalityGroup): (z: Node) => Node {
  const members = group.members.length;
  const { plain } = latentCounts(group);
  if (plain === 0) return (z) => z;
  const layer = (index: number, outputs: number, inputs: number) => ({
    weight: parameters.create(`${name}.${index}.weight`, [members, outputs, inputs], fanIn()),
    bias: parameters.create(`${name}.${index}.bias`, [members, outputs, 1], constantValue(0)),
  });
  const first = layer(0, FUNCTION_WIDTH, plain);
  const second = layer(1, Math.min(MAX_FUNCTIONS, FUNCTIONS_PER_LATENT * plain), FUNCTION_WIDTH);
  return (z) => {
    const curved = tanh(add(matmul(first.weight, z), first.bias));
    return add(matmul(second.weight, curved), second.bias);
  };
}

/** Splits one node `[runs, members, …]` per group into one node `[runs, …]` per modality. */
function byModality(
  { groups, modalities }: LatentLayout,
  grouped: readonly (Node | undefined)[],
): (Node | undefined)[] {
  return modalities.map((_, m) => {
    const g = groups.findIndex(({ members }) => members.includes(m));
    const node = grouped[g];
    if (!node) return undefined;
    const position = groups[g].members.indexOf(m);
    const [runs, , ...rest] = node.shape;
    return reshape(slice(node, 1, position, position + 1), [runs, ...rest]);
  });
}

/** Returns 1 for subjects who have the modality, `[1, 1, batch]`; undefined if all have it. */
function presenceByModality(layout: LatentLayout, x: readonly Observed[]): (Node | undefined)[] {
  return byModality(
    layout,
    x.map(({ present }) => present),
  );
}

/** Returns the modality at `position` among all except `m`. */
function otherThan(m: number, position: number): number {
  return position < m ? position : position + 1;
}

/** Returns the weights of the subjects who count in both. */
function both(a: Node | undefined, b: Node | undefined): Node | undefined {
  return a && b ? mul(a, b) : (a ?? b);
}

function total(terms: readonly Node[]): Node {
  return terms.reduce((a, b) => add(a, b));
}
