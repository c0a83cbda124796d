// Pass: three layers one after the other, products with bias and activation, become one kernel on a backend that has
// it, and their gradients another, which computes the layers again; what lies between is never stored (docs/engine.md,
// "network"). Found among kernels, whose operands say it all: layers that anything else reads stay as they are.

import type { Kernel, Operand } from './kernel.js';
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
/** From an activation's code to that of its slope. */
const SLOPE = 2;

/** A matrix per group: rows `leading` elements apart, groups `group`. */
interface Matrices {
  readonly operand: Operand;
  readonly leading: number;
  readonly group: number;
}

/** A matmul kernel of at most one batch axis, taken apart. */
interface Product {
  readonly kernel: Kernel;
  readonly groups: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly code: number;
  readonly c: Matrices;
  readonly a: Matrices;
  readonly b: Matrices;
  readonly bias: Matrices | undefined;
  readonly saved: Matrices | undefined;
  readonly sums: Matrices | undefined;
}

function productOf(kernel: Kernel): Product[] {
  const { name, ints, operands } = kernel;
  const rank = ints[12];
  if (name !== 'matmul' || rank > 1) return [];
  const [m, n, k, transA, transB, ldc, lda, ldb, code, hasBias, ldSaved, hasSums] = ints;
  const strides = rank === 1 ? ints.slice(14) : [0, 0, 0, 0, 0, 0];
  let next = 3;
  const extra = (isThere: boolean, leading: number, stride: number): Matrices | undefined =>
    isThere ? { operand: operands[next++], leading, group: strides[stride] } : undefined;
  return [
    {
      ...{ kernel, m, n, k, code, transA: transA === 1, transB: transB === 1, groups: rank === 1 ? ints[13] : 1 },
      c: { operand: operands[0], leading: ldc, group: strides[0] },
      a: { operand: operands[1], leading: lda, group: strides[1] },
      b: { operand: operands[2], leading: ldb, group: strides[2] },
      bias: extra(hasBias === 1, 1, 3),
      saved: extra(code > SLOPE, ldSaved, 4),
      sums: extra(hasSums === 1, 1, 5),
    },
  ];
}

/** A product of the rows of all groups at once as one per group, which share the right factor. */
function perGroup(product: Product, groups: number): Product | undefined {
  if (product.groups === groups) return product;
  const { m, transA, c, a, b, bias, sums } = product;
  if (product.groups !== 1 || transA || m % groups !== 0) return undefined;
  const rows = m / groups;
  const cut = (matrices: Matrices): Matrices => ({ ...matrices, group: rows * matrices.leading });
  return {
    ...{ ...product, groups, m: rows, c: cut(c), a: cut(a), b: { ...b, group: 0 } },
    ...{ bias: bias && cut(bias), sums: sums && cut(sums) },
  };
}

const samePlace = (a: Operand, b: Operand): boolean => a.buffer === b.buffer && a.offset === b.offset;

function same(a: Matrices | undefined, b: Matrices | undefined, groups: number): boolean {
  if (a === undefined || b === undefined || !samePlace(a.operand, b.operand)) return false;
  return a.leading === b.leading && (groups === 1 || a.group === b.group);
}

/** A layer of `groups` networks; weights lie row behind row. */
const isLayer = ({ transA, transB, a, k, bias, sums }: Product): boolean =>
  !transA && !transB && a.leading === k && bias !== undefined && sums === undefined;

const isHidden = (product: Product): boolean =>
  isLayer(product) && (product.code === LEAKY_RELU || product.code === TANH);

interface Network {
  /** One per group, all three. */
  readonly layers: readonly [Product, Product, Product];
  readonly groups: number;
  readonly batch: number;
  readonly widths: Widths;
}

/** What a gradient writes, in the order of the kernel's results; what nobody asks for is undefined. */
interface Gradient {
  readonly members: readonly Kernel[];
  /** Kernels among them whose first result is not stored. */
  readonly inner: readonly Kernel[];
  readonly results: readonly (Matrices | undefined)[];
  readonly upstream: Matrices;
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
    const second2 = this.#find(toSecond, (own) => slopeOf(own, second, third));
    const first2 =
      second2 && this.#find(toFirst, (own) => slopeOf(own, first, second) && same(own.b, second2.c, groups));
    if (!first2) return undefined;
    const upstream = second2.b;
    const slopes = [first2.c, second2.c, upstream];
    const inputs = [first.b, first.c, second.c];
    const backs = [this.#others(first2, first2), this.#others(second2, second2, first2)];
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
      first2.sums ? undefined : sumsOf(first, first2.c),
      second2.sums ? undefined : sumsOf(second, second2.c),
      sumsOf(third, upstream),
    ];
    const bySums = [first2.sums, second2.sums, undefined].map((sums, i) => sums ?? reduced[i]?.sums);
    const byInput = this.#find(backs[0], (own) => isInputSlope(own, first, first2.c, groups));
    const members = [
      ...[second2, first2, ...weights, byInput].flatMap((product) => product?.kernel ?? []),
      ...reduced.flatMap((one) => one?.kernel ?? []),
    ];
    const all = new Set(members);
    if (![...toFirst, ...toSecond, ...backs.flat()].every((kernel) => all.has(kernel))) return undefined;
    const byWeights = weights.map((product) => product && perGroup(product, groups)!.c);
    return {
      members,
      inner: [first2.kernel, second2.kernel],
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

/** Where a kernel puts the sums of matrices' rows, if it does nothing else. */
function rowSums(
  { name, ints, operands }: Kernel,
  { operand, leading, group }: Matrices,
  { groups, rows, batch }: { readonly groups: number; readonly rows: number; readonly batch: number },
): Matrices | undefined {
  const [rank] = ints;
  const dims = ints.slice(1, 1 + rank);
  const [outputs, inputs] = ints.slice(1 + rank, 3 + rank);
  const isSum = name === 'reduce' && outputs === 1 && inputs === 1 && samePlace(operands[1], operand);
  if (!isSum || rank < 2 || rank > 3 || dims[rank - 1] !== batch) return undefined;
  const at = 3 + rank;
  const [target, source] = [ints.slice(at, at + rank), ints.slice(at + rank, at + 2 * rank)];
  // No instruction, the input itself is summed, along the last axis.
  const [instructions, result, kind] = [ints[at + 2 * rank + 1], ints[at + 2 * rank + 2], ints[at + 2 * rank + 3]];
  const reduced = ints.slice(at + 2 * rank + 4);
  const isPlain = instructions === 0 && result === 0 && kind === 0 && source[rank - 1] === 1;
  if (!isPlain || reduced.join() !== dims.map((_, axis) => Number(axis === rank - 1)).join()) return undefined;
  const found = (own: number): Matrices => ({ operand: operands[0], leading: 1, group: own });
  if (rank === 3) {
    const fits = dims[0] === groups && dims[1] === rows && source[0] === group && source[1] === leading;
    return fits && target[1] === 1 ? found(target[0]) : undefined;
  }
  const isOneMatrix = groups === 1 || group === rows * leading;
  const fits = dims[0] === groups * rows && isOneMatrix && source[0] === leading && target[0] === 1;
  return fits ? found(rows) : undefined;
}

/** A kernel in the place of others. @param dropped what they write that is no longer stored */
function inPlaceOf(
  members: readonly Kernel[],
  dropped: ReadonlySet<Value>,
  own: Pick<Kernel, 'name' | 'label' | 'operands' | 'ints' | 'floats'>,
): Kernel {
  const outside = (values: readonly Value[]): Value[] => [...new Set(values)].filter((value) => !dropped.has(value));
  return {
    ...own,
    shareable: [],
    reads: outside(members.flatMap(({ reads }) => reads)),
    writes: outside(members.flatMap(({ writes }) => writes)),
  };
}

const groupsOf = (all: readonly (Matrices | undefined)[]): number[] => all.map((matrices) => matrices?.group ?? 0);

function fusedKernels(network: Network, gradient: Gradient | 'none'): Kernel[] {
  const { layers, groups, batch, widths } = network;
  const [first, second, third] = layers;
  const members = layers.map(({ kernel }) => kernel);
  const dropped = new Set([first, second].flatMap(({ kernel }) => kernel.writes));
  const floats = [first, second].map(({ kernel }) => kernel.floats[0]);
  const shape = [groups, ...widths, batch, first.code, second.code];
  const weights = layers.flatMap(({ a, bias }) => [a, bias!]);
  const read = [first.b, ...weights];
  const forward = inPlaceOf(members, dropped, {
    name: 'network',
    label: third.kernel.label,
    operands: [third.c, ...read].map(({ operand }) => operand),
    ints: [...shape, third.c.leading, first.b.leading, ...groupsOf([third.c, ...read])],
    floats,
  });
  if (gradient === 'none') return [forward];
  const { results, upstream, inner } = gradient;
  const taken = [...read.slice(0, -1), upstream];
  const there = results.filter((result) => result !== undefined);
  for (const kernel of inner) dropped.add(kernel.writes[0]);
  const backward = inPlaceOf(gradient.members, dropped, {
    name: 'networkGrad',
    label: `grad(${third.kernel.label})/networkGrad`,
    operands: [...there, ...taken].map(({ operand }) => operand),
    ints: [
      ...[...shape, ...results.map((result) => Number(result !== undefined))],
      ...[results.at(-1)?.leading ?? 0, first.b.leading, upstream.leading],
      ...groupsOf([...results, ...taken]),
    ],
    floats,
  });
  // Unlike its members' it needs the input and the first layers' weights.
  const reads = [...new Set([...backward.reads, ...members.flatMap((kernel) => kernel.reads)])];
  return [forward, { ...backward, reads: reads.filter((value) => !dropped.has(value)) }];
}

/** @param available names of the backend's kernels */
export function fuseNetworks(kernels: readonly Kernel[], available: ReadonlySet<string>): readonly Kernel[] {
  if (!available.has('network') || !available.has('networkGrad')) return kernels;
  const finder = new Finder(kernels);
  const gone = new Set<Kernel>();
  const fused: Kernel[] = [];
  for (const layer of finder.products) {
    const network = finder.network(layer);
    if (network === undefined || !fitsThreadBlock(network.widths)) continue;
    const gradient = finder.gradient(network);
    if (gradient === undefined) continue;
    const members = [...network.layers.map(({ kernel }) => kernel), ...(gradient === 'none' ? [] : gradient.members)];
    for (const kernel of members) gone.add(kernel);
    fused.push(...fusedKernels(network, gradient));
  }
  return fused.length === 0 ? kernels : [...kernels.filter((kernel) => !gone.has(kernel)), ...fused];
}
