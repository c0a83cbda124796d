// Encoders that find what modalities share, without a decoder (METHOD section 10): deep CCA of functions of each
// modality's latents. Without the functions a second latent may be no more than a second function of the first.

import {
  add,
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
/** Functions for every latent, so that each can have several; two modalities' together must fit a determinant. */
const FUNCTIONS_EACH = 5;
const MAX_FUNCTIONS = MAX_DETERMINANT / 2;
/** Squares of latents are held here. */
const MAX_DEVIATIONS = 3;

/** Numbers of one modality and of others, with what they share. */
export interface SharedNumbers {
  /** `[runs, p, batch]` and `[runs, q, batch]`. */
  readonly own: Node;
  readonly others: Node;
  /** 1 for subjects who count, `[1, 1, batch]`; left out where all do. */
  readonly present: Node | undefined;
  /** Positions of the modalities that a subject must have to count. */
  readonly modalities: readonly number[];
  /** What these nats count in the sum. */
  readonly weight: number;
}

export interface Correlation {
  /** What modalities share, in nats, `[runs]`. */
  readonly nats: Node;
  /** What their latents share without functions; left out of fewer than two modalities that have such latents. */
  readonly straight: Node | undefined;
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
    this.#functions = layout.groups.map((group, g) => latentFunctions(this.parameters, `function.g${g}`, group));
  }

  /**
   * What is to be shared of a mini-batch, as in training; the control `latentNoise` is the noise's standard deviation.
   * @param x per group
   * @param noise on latents, and for moves
   */
  correlation(x: readonly Observed[], noise: NoiseSource): Correlation {
    const deviation = reshape(control('latentNoise', [1]), [1, 1, 1, 1]);
    const z = this.#encoders.trained(x, noise);
    const noisy = z.map(({ plain, invariant }, g) => ({
      plain: plain && add(plain, mul(noise.normal(`latents.g${g}`, plain.shape), deviation)),
      invariant,
    }));
    return withScope('correlation', () => {
      const natsOf = (sets: readonly SharedNumbers[]): Node[] =>
        sets.map(({ own, others, present, weight }) => mul(sharedNats(own, others, present), weight));
      const shared = natsOf(this.#shared(x, noisy));
      const present = presenceByModality(this.#layout, x);
      const latents = [...this.#byModality(z, 'plain'), ...this.#byModality(z, 'invariant')];
      const numbers = [...latents, ...this.#functionsOf(noisy)];
      const distances = numbers.flatMap((own, i) =>
        own ? [distanceFromWhite(own, present[i % this.#layout.modalities.length])] : [],
      );
      const straight = natsOf(this.#pairs(this.#byModality(noisy, 'plain'), present));
      return {
        nats: total(shared),
        straight: straight.length > 0 ? total(straight) : undefined,
        whiteness: total(distances),
      };
    });
  }

  /** The same without noise and with fixed moves. @param x per group */
  shared(x: readonly Observed[]): { readonly nats: SharedNumbers[]; readonly straight: SharedNumbers[] } {
    const z = this.#encoders.encode(x).map((own, g): GroupLatents => {
      const { plain, invariant } = latentCounts(this.#layout.groups[g]);
      return {
        plain: plain > 0 ? slice(own, 2, 0, plain) : undefined,
        invariant: invariant > 0 ? slice(own, 2, plain, plain + invariant) : undefined,
      };
    });
    const straight = this.#pairs(this.#byModality(z, 'plain'), presenceByModality(this.#layout, x));
    return { nats: this.#shared(x, z), straight };
  }

  /**
   * Functions of every two modalities; and of every shift-invariant part with all else that is known of the subject,
   * which is not to change for its sake: all other latents, and their squares, which a mean can hang on too.
   */
  #shared(x: readonly Observed[], z: readonly GroupLatents[]): SharedNumbers[] {
    const present = presenceByModality(this.#layout, x);
    const functions = this.#functionsOf(z);
    const pairs = this.#pairs(functions, present);
    const [plain, invariant] = [this.#byModality(z, 'plain'), this.#byModality(z, 'invariant')];
    const told = invariant.flatMap((own, m): SharedNumbers[] => {
      if (!own) return [];
      const known = [...plain, ...invariant.filter((_, other) => other !== m)].map((node, i) => {
        const has = present[i < plain.length ? i : otherThan(m, i - plain.length)];
        return node && has ? mul(node, has) : node;
      });
      const rest = stopGradient(
        concat(
          known.filter((node) => node !== undefined),
          1,
        ),
      );
      const squares = square(clamp(rest, -MAX_DEVIATIONS, MAX_DEVIATIONS));
      return [{ own, others: concat([rest, squares], 1), present: present[m], modalities: [m], weight: 1 }];
    });
    return [...pairs, ...told];
  }

  /** Of every two modalities. @param numbers by modality @param present by modality */
  #pairs(numbers: readonly (Node | undefined)[], present: readonly (Node | undefined)[]): SharedNumbers[] {
    const weight = 1 / (this.#layout.modalities.length - 1);
    return numbers.flatMap((own, i) =>
      numbers.slice(i + 1).flatMap((others, j): SharedNumbers[] => {
        const pair = [i, i + 1 + j];
        if (!own || !others) return [];
        return [{ own, others, present: both(present[pair[0]], present[pair[1]]), modalities: pair, weight }];
      }),
    );
  }

  /** By modality, `[runs, functions, batch]`. */
  #functionsOf(z: readonly GroupLatents[]): (Node | undefined)[] {
    const grouped = z.map(({ plain }, g) => plain && this.#functions[g](plain));
    return byModality(this.#layout, grouped);
  }

  /** By modality, `[runs, latents, batch]`. */
  #byModality(z: readonly GroupLatents[], part: keyof GroupLatents): (Node | undefined)[] {
    return byModality(
      this.#layout,
      z.map((own) => own[part]),
    );
  }
}

/** `[runs, members, latents, batch]` → `[runs, members, functions, batch]`, one tanh layer between. */
function latentFunctions(parameters: ParameterList, name: string, group: ModalityGroup): (z: Node) => Node {
  const members = group.members.length;
  const { plain } = latentCounts(group);
  if (plain === 0) return (z) => z;
  const layer = (index: number, outputs: number, inputs: number) => ({
    weight: parameters.create(`${name}.${index}.weight`, [members, outputs, inputs], fanIn()),
    bias: parameters.create(`${name}.${index}.bias`, [members, outputs, 1], constantValue(0)),
  });
  const first = layer(0, FUNCTION_WIDTH, plain);
  const second = layer(1, Math.min(MAX_FUNCTIONS, FUNCTIONS_EACH * plain), FUNCTION_WIDTH);
  return (z) => {
    const bent = tanh(add(matmul(first.weight, z), first.bias));
    return add(matmul(second.weight, bent), second.bias);
  };
}

/** One node `[runs, …]` a modality of one `[runs, members, …]` a group. */
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

/** 1 for subjects who have the modality, `[1, 1, batch]`; undefined where all have it. */
function presenceByModality(layout: LatentLayout, x: readonly Observed[]): (Node | undefined)[] {
  return byModality(
    layout,
    x.map(({ present }) => present),
  );
}

/** The modality at `position` among all but `m`. */
function otherThan(m: number, position: number): number {
  return position < m ? position : position + 1;
}

/** Of two weights, the subjects that count in both. */
function both(a: Node | undefined, b: Node | undefined): Node | undefined {
  return a && b ? mul(a, b) : (a ?? b);
}

function total(terms: readonly Node[]): Node {
  return terms.reduce((a, b) => add(a, b));
}
