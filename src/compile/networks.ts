// Pass: three layers one after the other, products with bias and activation, become one kernel on a backend that has
// it, and their gradients another, which computes the layers again; what lies between is never stored (docs/engine.md,
// "network"). Found among kernels, whose operands say it all: layers that anything else reads stay as they are.

import type { Kernel, Operand } from './kernel.js';
import { mixtureBehind, type Mixture } from './network-mixture.js';
import { addedSlope } from './network-slopes.js';
import { residualBehind, type Residual } from './network-residual.js';
import { SLOPE, perGroup, productOf, rowSums, same, type Matrices, type Product } from './products.js';
import type { Buffer, Value } from './value.js';

/** What a thread block of a GPU keeps in shared memory, in floats, and sums of weights' gradients in its registers. */
const MAX_ROOM = 24576;
const MAX_TILES = 1024;
/** Floats for the subjects of a step, of one unit; each thread sums 4 × 4 weights. */
const ROW = 36;
const TILE = 4;

/** Inputs, units of the two hidden layers, outputs. */
type Widths = readonly [number, number, number, number];

/** The one rule of which networks are fused, by their sizes alone (native/records/network.cc has it too). */
export function fitsThreadBlock([inputs, first, second, outputs]: Widths): boolean {
  const layers = [
    [first, inputs + 1],
    [second, first + 1],
    [outputs, second + 1],
  ];
  const rows = inputs + 2 * first + 2 * second + outputs + 3;
  const weights = layers.reduce((sum, [units, terms]) => sum + units * (terms | 1), 0);
  const tiles = layers.reduce((sum, [units, terms]) => sum + Math.ceil(units / TILE) * Math.ceil(terms / TILE), 0);
  return ROW * rows + weights <= MAX_ROOM && tiles <= MAX_TILES;
}

const LEAKY_RELU = 1;
const TANH = 2;
/** A layer of `groups` networks; weights lie row behind row. */
const isLayer = ({ transA, transB, a, k, bias, sums }: Product): boolean =>
  !transA && !transB && a.leading === k && bias !== undefined && sums === undefined;

const isHidden = (product: Product): boolean =>
  isLayer(product) && (product.code === LEAKY_RELU || product.code === TANH);

/** Of what is computed, something might need a hidden layer that is stored. */
const isGiven = ({ a, bias }: Product, layer: number): boolean =>
  bias?.operand.buffer.offset !== undefined && (layer === 0 || a.operand.buffer.offset !== undefined);

interface Network {
  /** One per group, all three. */
  readonly layers: readonly [Product, Product, Product];
  readonly groups: number;
  readonly batch: number;
  readonly widths: Widths;
}

/** What a gradient writes, in the order of the kernel's results; what nobody asks for is undefined. */
interface Gradient {
  /** Added to the slope by what the first layer gives. */
  readonly added: Matrices | undefined;
  /** Whether others read the hidden layers too. */
  readonly keeps: boolean;
  readonly members: readonly Kernel[];
  /** Kernels among them whose first result is not stored. */
  readonly inner: readonly Kernel[];
  readonly results: readonly (Matrices | undefined)[];
  readonly upstream: Matrices;
}

/** The slope by the first layer, which a map computes from a product and what is added. */
interface AddedSlope extends Product {
  readonly added?: Matrices;
  /** What computes the product. */
  readonly members?: readonly Kernel[];
}

/** At most one of them. */
interface Ending {
  readonly mixture?: Mixture | undefined;
  readonly residual?: Residual | undefined;
}

/** The kernels that touch a buffer. */
type Touching = ReadonlyMap<Buffer, readonly Kernel[]>;

class Finder {
  readonly #products: ReadonlyMap<Kernel, Product>;
  readonly #touching: Touching;

  constructor(kernels: readonly Kernel[]) {
    this.#products = new Map(kernels.flatMap(productOf).map((product) => [product.kernel, product]));
    const touching = new Map<Buffer, Kernel[]>();
    for (const kernel of kernels) {
      for (const buffer of new Set(kernel.operands.map((operand) => operand.buffer))) {
        touching.set(buffer, [...(touching.get(buffer) ?? []), kernel]);
      }
    }
    this.#touching = touching;
  }

  /** What a network's outputs are for, if it can do that as well. */
  ending({ layers, groups, batch, widths }: Network, gradient: Gradient | 'none'): Ending {
    const [, , third] = layers;
    const members = gradient === 'none' ? [] : gradient.members;
    const theta = {
      ...{ matrices: third.c, groups, rows: widths[3], batch },
      slopes: gradient === 'none' ? undefined : gradient.upstream,
    };
    const touching = (buffer: Buffer): readonly Kernel[] =>
      this.#touching.get(buffer)!.filter((kernel) => !members.includes(kernel));
    const users = this.#others(third, third);
    return { mixture: mixtureBehind(theta, users, touching), residual: residualBehind(theta, users, touching) };
  }

  get products(): Iterable<Product> {
    return this.#products.values();
  }

  /** Kernels beside the ones named that touch what a product writes. */
  #others({ c }: Product, ...without: readonly Product[]): Kernel[] {
    return this.#touching
      .get(c.operand.buffer)!
      .filter((kernel) => without.every((product) => product.kernel !== kernel));
  }

  #find(kernels: readonly Kernel[], test: (product: Product) => boolean): Product | undefined {
    return kernels.flatMap((kernel) => this.#products.get(kernel) ?? []).find(test);
  }

  /** The network that begins with a layer; undefined where something is missing, or kept for others. */
  network(layer: Product): Network | undefined {
    if (!isHidden(layer) || layer.c.operand.buffer.offset !== undefined) return undefined;
    const reads = (own: Product, before: Product): boolean => {
      const grouped = perGroup(before, own.groups);
      return grouped !== undefined && own.k === grouped.m && same(own.b, grouped.c, own.groups);
    };
    const second = this.#find(this.#others(layer, layer), (own) => isHidden(own) && reads(own, layer));
    const first = second && perGroup(layer, second.groups);
    if (!first || second.c.operand.buffer.offset !== undefined) return undefined;
    const third = this.#find(
      this.#others(second, second),
      (own) => isLayer(own) && own.code === 0 && own.groups === second.groups && reads(own, second),
    );
    // A leaf: what is computed might need the gradients of the other layers.
    if (third?.a.operand.buffer.offset === undefined) return undefined;
    return {
      layers: [first, second, third],
      groups: second.groups,
      batch: second.n,
      widths: [first.k, first.m, second.m, third.m],
    };
  }

  /** True if a kernel among `kernels` is needed for what a buffer holds. */
  #needs(buffer: Buffer, kernels: ReadonlySet<Kernel>): boolean {
    const seen = new Set<Buffer>();
    const waiting = [buffer];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      for (const kernel of this.#touching.get(next) ?? []) {
        if (!kernel.operands.some((operand) => operand.written && operand.buffer === next)) continue;
        if (kernels.has(kernel)) return true;
        for (const operand of kernel.operands) if (!operand.written) waiting.push(operand.buffer);
      }
    }
    return false;
  }

  /** The slope by the first layer where something is added to what comes back from the second. */
  #addedSlope(first: Product, second: Product, { c, groups, n }: Product): AddedSlope | undefined {
    const product = this.#find(this.#touching.get(c.operand.buffer)!, (own) => {
      const isPlain = own.code === 0 && own.transA && !own.transB && !own.sums && own.groups === groups;
      return isPlain && same(own.a, second.a, groups) && same(own.b, c, groups);
    });
    if (!product || product.c.operand.buffer.offset !== undefined || first.code !== TANH) return undefined;
    const users = this.#others(product, product);
    if (users.length !== 1) return undefined;
    const [kernel] = users;
    const found = addedSlope(kernel, { back: product.c, layer: first.c, groups, rows: first.m, batch: n });
    if (!found || found.slope.operand.buffer.offset !== undefined) return undefined;
    return { ...product, kernel, c: found.slope, added: found.added, members: [product.kernel] };
  }

  /** What else reads the hidden layers, if that is their gradient and nothing more; `none` where nothing does. */
  gradient({ layers: [first, second, third], groups, batch }: Network): Gradient | 'none' | undefined {
    const toFirst = this.#others(first, first, second);
    const toSecond = this.#others(second, second, third);
    if (toFirst.length === 0 && toSecond.length === 0) return 'none';
    const slopeOf = (own: Product, layer: Product, after: Product): boolean =>
      own.groups === groups &&
      own.code === layer.code + SLOPE &&
      own.kernel.floats[0] === layer.kernel.floats[0] &&
      own.transA &&
      !own.transB &&
      same(own.saved, layer.c, groups) &&
      same(own.a, after.a, groups) &&
      own.c.operand.buffer.offset === undefined;
    const ofSecond = this.#find(toSecond, (own) => slopeOf(own, second, third));
    if (!ofSecond) return undefined;
    const ofFirst =
      this.#find(toFirst, (own) => slopeOf(own, first, second) && same(own.b, ofSecond.c, groups)) ??
      this.#addedSlope(first, second, ofSecond);
    if (!ofFirst) return undefined;
    const upstream = ofSecond.b;
    const slopes = [ofFirst.c, ofSecond.c, upstream];
    const inputs = [first.b, first.c, second.c];
    const backs = [this.#others(ofFirst, ofFirst), this.#others(ofSecond, ofSecond, ofFirst)];
    const around = [backs[0], [...toFirst, ...backs[1]], toSecond];
    const weights = slopes.map((slope, i) =>
      this.#find(around[i], (own) => {
        const product = perGroup(own, groups);
        if (!product || product.transA || !product.transB || product.code !== 0 || product.sums) return false;
        const fits = product.k === batch && product.c.leading === product.n;
        return fits && same(product.a, slope, groups) && same(product.b, inputs[i], groups);
      }),
    );
    const sumsOf = (layer: Product, slope: Matrices): { kernel: Kernel; sums: Matrices } | undefined => {
      for (const kernel of this.#touching.get(slope.operand.buffer)!) {
        const sums = rowSums(kernel, slope, { groups, rows: layer.m, batch });
        if (sums) return { kernel, sums };
      }
      return undefined;
    };
    const reduced = [
      ofFirst.sums ? undefined : sumsOf(first, ofFirst.c),
      ofSecond.sums ? undefined : sumsOf(second, ofSecond.c),
      sumsOf(third, upstream),
    ];
    const bySums = [ofFirst.sums, ofSecond.sums, undefined].map((sums, i) => sums ?? reduced[i]?.sums);
    const byInput = this.#find(backs[0], (own) => isInputSlope(own, first, ofFirst.c, groups));
    const { added, members: adding = [] } = ofFirst as AddedSlope;
    const members = [
      ...[ofSecond, ofFirst, ...weights, byInput].flatMap((product) => product?.kernel ?? []),
      ...[...reduced.flatMap((one) => one?.kernel ?? []), ...adding],
    ];
    const all = new Set(members);
    if (!backs.flat().every((kernel) => all.has(kernel))) return undefined;
    // Nothing that the gradient gives may be needed for what it adds.
    if (added && this.#needs(added.operand.buffer, all)) return undefined;
    const keeps = ![...toFirst, ...toSecond].every((kernel) => all.has(kernel));
    const byWeights = weights.map((product) => product && perGroup(product, groups)!.c);
    return {
      ...{ members, added, keeps },
      inner: [ofFirst.kernel, ofSecond.kernel, ...adding],
      results: [...byWeights.flatMap((by, i) => [by, bySums[i]]), byInput?.c],
      upstream,
    };
  }
}

/** Whether a product is the gradient of the first layer's input; of all groups together where they share it. */
function isInputSlope(own: Product, { a, b, m, k }: Product, slope: Matrices, groups: number): boolean {
  if (!own.transA || own.transB || own.code !== 0 || own.sums || own.m !== k) return false;
  if (own.groups === groups) return own.k === m && same(own.a, a, groups) && same(own.b, slope, groups);
  const isTogether = own.groups === 1 && own.k === groups * m && b.group === 0;
  const lies = (matrices: Matrices, of: Matrices): boolean => same(matrices, of, 1) && of.group === m * of.leading;
  return isTogether && lies(own.a, a) && lies(own.b, slope);
}

/** A kernel in the place of others. @param dropped what they write that is no longer stored */
function inPlaceOf(
  members: readonly Kernel[],
  dropped: ReadonlySet<Value>,
  own: Pick<Kernel, 'name' | 'label' | 'operands' | 'ints' | 'floats'>,
): Kernel {
  const writes = new Set(members.flatMap((member) => member.writes).filter((value) => !dropped.has(value)));
  const reads = new Set(members.flatMap((member) => member.reads));
  return {
    ...own,
    shareable: [],
    reads: [...reads].filter((value) => !dropped.has(value) && !writes.has(value)),
    writes: [...writes],
  };
}

/** The difference was written by the kernel that it is taken from. */
const reading = ({ operand, ...rest }: Matrices): Matrices => ({ ...rest, operand: { ...operand, written: false } });

const groupsOf = (all: readonly (Matrices | undefined)[]): number[] => all.map((matrices) => matrices?.group ?? 0);

/** The kernels of a network and of what its outputs are for. */
function fusedKernels(network: Network, gradient: Gradient | 'none', { mixture, residual }: Ending): Kernel[] {
  const { layers, groups, batch, widths } = network;
  const [first, second, third] = layers;
  const kept = gradient !== 'none' && gradient.keeps ? [first.c, second.c] : [];
  const members = layers.map(({ kernel }) => kernel);
  const ends = mixture !== undefined || residual !== undefined;
  const inner = [...(kept.length > 0 ? [] : [first, second]), ...(ends ? [third] : [])];
  const dropped = new Set(inner.flatMap(({ kernel }) => kernel.writes));
  if (residual?.dropped) dropped.add(residual.dropped);
  const floats = [...[first, second].map(({ kernel }) => kernel.floats[0]), ...(mixture?.floats ?? [])];
  const shape = [groups, ...widths, batch, first.code, second.code, mixture?.components ?? 0];
  const weights = layers.flatMap(({ a, bias }) => [a, bias!]);
  const read = [first.b, ...weights, ...(mixture ? [mixture.z] : [])];
  const all: Kernel[] = [];
  const value = mixture ? mixture.value : (residual?.kernel ?? third.kernel);
  if (value !== undefined) {
    const row = (operand: Operand): Matrices => ({ operand, leading: batch, group: batch });
    const out = residual?.difference ?? (mixture ? row(value.operands[0]) : third.c);
    const own = [out, ...kept, ...read, ...(residual ? [residual.target] : [])];
    const forward = inPlaceOf([...members, ...(ends ? [value] : [])], dropped, {
      name: 'network',
      label: mixture ? value.label : third.kernel.label,
      operands: own.map(({ operand }) => operand),
      ints: [
        ...[...shape, residual?.order ?? 0, Number(kept.length > 0), out.leading, first.b.leading],
        ...[residual?.target.leading ?? 0, first.c.leading, second.c.leading, ...groupsOf(own)],
      ],
      floats,
    });
    all.push(forward);
  }
  if (gradient === 'none') return all;
  const back = mixture?.gradient;
  const upstream = back?.upstream ?? residual?.difference ?? gradient.upstream;
  const results = [...gradient.results, back?.byZ];
  // Without a mixture the last bias does not count.
  const { added } = gradient;
  const taken = [...(mixture ? read : read.slice(0, -1)), upstream, ...(added ? [added] : [])];
  const there = results.filter((result) => result !== undefined);
  for (const kernel of gradient.inner) dropped.add(kernel.writes[0]);
  if (back && !back.byZ) for (const written of back.kernel.writes) dropped.add(written);
  const byX = gradient.results.at(-1);
  const backward = inPlaceOf([...gradient.members, ...(back ? [back.kernel] : [])], dropped, {
    name: 'networkGrad',
    label: `grad(${third.kernel.label})/networkGrad`,
    operands: [...there, ...taken.map(reading)].map(({ operand }) => operand),
    ints: [
      ...[...shape, ...results.map((result) => Number(result !== undefined)), Number(added !== undefined)],
      ...[byX?.leading ?? 0, first.b.leading, upstream.leading, added?.leading ?? 0],
      ...groupsOf([...results, ...taken]),
    ],
    floats: [...floats, residual?.scale ?? 1],
  });
  // Unlike its members it needs the input, the first layers' weights and the difference.
  const more = [...members.flatMap((kernel) => kernel.reads), ...(residual?.kernel.writes ?? [])];
  const own = new Set(backward.writes);
  const reads = [...new Set([...backward.reads, ...more])].filter((one) => !dropped.has(one) && !own.has(one));
  return [...all, { ...backward, reads }];
}

/** @param available names of the backend's kernels */
export function fuseNetworks(kernels: readonly Kernel[], available: ReadonlySet<string>): readonly Kernel[] {
  if (!available.has('network') || !available.has('networkGrad')) return kernels;
  const finder = new Finder(kernels);
  const gone = new Set<Kernel>();
  const fused: Kernel[] = [];
  const moved = new Map<Kernel, Kernel>();
  for (const layer of finder.products) {
    const network = finder.network(layer);
    if (network === undefined || !fitsThreadBlock(network.widths)) continue;
    const gradient = finder.gradient(network);
    if (gradient === undefined) continue;
    if (gradient !== 'none' && gradient.keeps && !network.layers.every(isGiven)) continue;
    const found = gradient !== 'none' && gradient.keeps ? {} : finder.ending(network, gradient);
    // Whoever reads slopes of two mixtures goes on reading those of the second where they lie.
    const readers = [...(found.mixture?.gradient?.readers ?? [])];
    const ending = readers.some(([kernel]) => moved.has(kernel)) ? {} : found;
    const { mixture, residual } = ending;
    const members = [
      ...network.layers.map(({ kernel }) => kernel),
      ...(gradient === 'none' ? [] : gradient.members),
      ...[mixture?.value, mixture?.gradient?.kernel, residual?.kernel].filter((kernel) => kernel !== undefined),
    ];
    for (const kernel of members) gone.add(kernel);
    if (mixture) for (const [kernel, reading] of readers) moved.set(kernel, reading);
    fused.push(...fusedKernels(network, gradient, ending));
  }
  if (fused.length === 0) return kernels;
  return [...kernels.filter((kernel) => !gone.has(kernel)).map((kernel) => moved.get(kernel) ?? kernel), ...fused];
}
