// Simulates Variant MNIST (Sun et al., App. D.2; METHOD section 10): a digit and a garment on canvases. Latents of the
// digit are its horizontal position h and its intensity t (transparency). Latents of the garment are its vertical
// position v and its intensity g (grey). Which digit, which garment and which colour is exogenous.

import type { Dataset, Modality, Split } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { standardiseChannels } from '../../src/data/standardise-channels.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { drawTiedLatents, type Edge } from './tied-latents.js';

/**
 * Graphs. P is that of the paper: h → t, h → v, v → g. Q is P with t → g. C is h → v, t → g with a root t, which meets
 * the premise of Theorem 4.2: both latents of a modality influence the other one.
 */
const VARIANT_MNIST_GRAPHS = ['P', 'Q', 'C'] as const;
export type VariantMnistGraph = (typeof VARIANT_MNIST_GRAPHS)[number];

/** Latents in order, two of each modality. */
export const VARIANT_MNIST_LATENTS = ['h', 't', 'v', 'g'] as const;
const EDGES: Readonly<Record<VariantMnistGraph, readonly Edge[]>> = {
  P: [
    ['h', 't'],
    ['h', 'v'],
    ['v', 'g'],
  ],
  Q: [
    ['h', 't'],
    ['h', 'v'],
    ['v', 'g'],
    ['t', 'g'],
  ],
  C: [
    ['h', 'v'],
    ['t', 'g'],
  ],
};

/** Consecutive images of `side` × `side` pixels from 0 to 255. */
export interface Glyphs {
  readonly side: number;
  readonly pixels: Uint8Array;
}

export interface VariantMnistSources {
  /** Images of training subjects, and different images for validation and test subjects. */
  readonly digits: { readonly train: Glyphs; readonly test: Glyphs };
  readonly garments: { readonly train: Glyphs; readonly test: Glyphs };
}

export interface VariantMnistOptions {
  readonly graph: VariantMnistGraph;
  readonly seed: number;
  /** Number of subjects of each split, at most the number of images. Default: 10,000, 1,000 and 2,000. */
  readonly train?: number;
  readonly validation?: number;
  readonly test?: number;
  /** Number of last latents of each modality that a shift of the image does not change. Default: 0. */
  readonly shiftInvariant?: number;
}

export interface VariantMnist {
  readonly dataset: Dataset;
  /** Subjects × 4, in the order of `VARIANT_MNIST_LATENTS`; mean 0, sd 1. */
  readonly z: Float64Array;
  /** 4 × 4, row child, column parent. */
  readonly adjacency: Int8Array;
}

/** Side in pixels of a canvas and of the drawn image. */
const CANVAS = 32;
const BOX = 18;
/** The brightest twentieth of an image gets full intensity, so that intensity does not depend on stroke width. */
const BRIGHT = 0.95;
const MIN_BRIGHT = 0.1;
/** Relative intensity of the two channels other than the colour of the digit. */
const OTHER_CHANNELS = 0.1;

const STREAMS = { latents: 0x5000_0000, digits: 0x5000_0001, garments: 0x5000_0002, colours: 0x5000_0003 } as const;

/** Returns a data set. The same seed gives the same numbers. */
export function variantMnist(sources: VariantMnistSources, options: VariantMnistOptions): VariantMnist {
  const { graph, seed, train = 10_000, validation = 1_000, test = 2_000, shiftInvariant = 0 } = options;
  const subjects = train + validation + test;
  const { z, adjacency } = drawTiedLatents(new RandomStream(seed, STREAMS.latents), subjects, {
    latents: VARIANT_MNIST_LATENTS,
    firstLatents: 2,
    edges: EDGES[graph],
  });
  const latent = (name: (typeof VARIANT_MNIST_LATENTS)[number], row: number): number =>
    z[row * VARIANT_MNIST_LATENTS.length + VARIANT_MNIST_LATENTS.indexOf(name)];
  const colours = new RandomStream(seed, STREAMS.colours);
  const digits = picked(sources.digits, { train, subjects }, new RandomStream(seed, STREAMS.digits));
  const garments = picked(sources.garments, { train, subjects }, new RandomStream(seed, STREAMS.garments));
  const size = CANVAS * CANVAS;
  const coloured = new Float32Array(subjects * 3 * size);
  const grey = new Float32Array(subjects * size);
  const margin = (CANVAS - BOX) / 2;
  for (let row = 0; row < subjects; row++) {
    const right = (margin * Math.tanh(latent('h', row) / 1.5)) / Math.tanh(Math.sqrt(3) / 1.5);
    const digit = placed(digits(row), { down: 0, right });
    const colour = colours.below(3);
    for (let channel = 0; channel < 3; channel++) {
      const strength = intensity(latent('t', row)) * (channel === colour ? 1 : OTHER_CHANNELS);
      coloured.set(
        digit.map((value) => strength * value),
        (row * 3 + channel) * size,
      );
    }
    const garment = placed(garments(row), { down: margin * Math.tanh(latent('v', row) / 1.5), right: 0 });
    const strength = intensity(latent('g', row));
    grey.set(
      garment.map((value) => strength * value),
      row * size,
    );
  }
  const rows = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i);
  const split: Split = {
    train: rows(0, train),
    validation: rows(train, train + validation),
    test: rows(train + validation, subjects),
  };
  const modality = (name: string, channels: readonly string[], values: Float32Array): Modality => ({
    name,
    latents: 2,
    exogenous: 8,
    ...standardiseChannels(values, channels, { kind: 'image', height: CANVAS, width: CANVAS }, split.train),
    ...(shiftInvariant > 0 && { shiftInvariant }),
  });
  const dataset = {
    ids: Array.from({ length: subjects }, (_, row) => `s${row + 1}`),
    modalities: [modality('digit', ['r', 'g', 'b'], coloured), modality('garment', ['grey'], grey)],
    split,
  };
  return { dataset: { ...dataset, fingerprint: fingerprintOf(dataset) }, z, adjacency };
}

/** Returns an intensity from 1/4 to 1. */
function intensity(latent: number): number {
  return 0.25 + 0.75 / (1 + Math.exp(-1.2 * latent));
}

/** Returns the reduced image of each subject. No two subjects share an image. */
function picked(
  sources: { readonly train: Glyphs; readonly test: Glyphs },
  { train, subjects }: { readonly train: number; readonly subjects: number },
  random: RandomStream,
): (row: number) => Float64Array {
  const orders = [sources.train, sources.test].map(({ side, pixels }) => random.permutation(pixels.length / side ** 2));
  if (orders[0].length < train || orders[1].length < subjects - train) {
    throw new RangeError(`variantMnist needs ${train} and ${subjects - train} images`);
  }
  return (row) => {
    const [glyphs, at] = row < train ? [sources.train, orders[0][row]] : [sources.test, orders[1][row - train]];
    return shrunk(glyphs, at);
  };
}

/** Returns BOX × BOX values from 0 to 1: means under a triangle that is twice as wide as a pixel. */
function shrunk({ side, pixels }: Glyphs, at: number): Float64Array {
  const weights = triangles(side);
  const across = new Float64Array(side * BOX);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < BOX; x++) {
      for (const [from, weight] of weights[x]) across[y * BOX + x] += weight * pixels[(at * side + y) * side + from];
    }
  }
  const small = new Float64Array(BOX * BOX);
  for (let y = 0; y < BOX; y++) {
    for (let x = 0; x < BOX; x++) {
      for (const [from, weight] of weights[y]) small[y * BOX + x] += (weight * across[from * BOX + x]) / 255;
    }
  }
  const sorted = Float64Array.from(small).sort();
  const bright = Math.max(MIN_BRIGHT, sorted[Math.round(BRIGHT * (sorted.length - 1))]);
  return small.map((value) => Math.min(1, value / bright));
}

/** Returns for each pixel of the box the pixels of the source in its mean, with weights. */
function triangles(side: number): (readonly [from: number, weight: number])[][] {
  const scale = side / BOX;
  return Array.from({ length: BOX }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const near = Array.from({ length: side }, (__, from) => [from, 1 - Math.abs(from + 0.5 - centre) / scale] as const);
    const inside = near.filter(([, weight]) => weight > 0);
    const total = inside.reduce((sum, [, weight]) => sum + weight, 0);
    return inside.map(([from, weight]) => [from, weight / total] as const);
  });
}

/** Draws the box at the centre of a canvas, shifted by fractions of pixels with bilinear interpolation. */
function placed(box: Float64Array, { down, right }: { readonly down: number; readonly right: number }): Float32Array {
  const canvas = new Float32Array(CANVAS * CANVAS);
  const [top, left] = [(CANVAS - BOX) / 2 + down, (CANVAS - BOX) / 2 + right];
  const pixel = (y: number, x: number): number => (y >= 0 && y < BOX && x >= 0 && x < BOX ? box[y * BOX + x] : 0);
  for (let y = 0; y < CANVAS; y++) {
    for (let x = 0; x < CANVAS; x++) {
      const [row, column] = [Math.floor(y - top), Math.floor(x - left)];
      const [down1, right1] = [y - top - row, x - left - column];
      canvas[y * CANVAS + x] =
        (1 - down1) * ((1 - right1) * pixel(row, column) + right1 * pixel(row, column + 1)) +
        down1 * ((1 - right1) * pixel(row + 1, column) + right1 * pixel(row + 1, column + 1));
    }
  }
  return canvas;
}
