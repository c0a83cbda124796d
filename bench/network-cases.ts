// Encoders of images and series whose training step is timed, and our program for one of them. A step gathers a
// mini-batch of resident data, encodes it, and computes the mean squared distance to targets, its gradient, and Adam.

import { compile, type ProgramMemory } from '../src/compile/index.js';
import { targetOf } from '../src/compile/target.js';
import { valueCount, type Observation } from '../src/data/observation.js';
import { BenchError } from './bench-error.js';
import {
  concat,
  data,
  gather,
  lstmLayer,
  mean,
  reshape,
  slice,
  square,
  sub,
  sum,
  type Node,
} from '../src/graph/index.js';
import { observationNetwork } from '../src/networks/observation.js';
import { layerNodes, mlpParameters } from '../src/nn/dense.js';
import { constantValue, fanIn, ParameterList, RATE_GROUPS, uniformWithin } from '../src/nn/parameters.js';
import { residualConvolutions, RESIDUAL_WIDTHS, type FoldedConvolution } from '../src/nn/residual.js';
import { seedKey, uniforms } from '../src/random/streams.js';
import { CPU, type Device } from '../src/runtime/device.js';
import { Program } from '../src/runtime/program.js';
import { trainedEntry } from '../src/training/trained-entry.js';
import { median, time, type Clock } from './timing.js';

/** Number of channels of images. */
export const IMAGE_CHANNELS = 3;
/** Number of outputs of encoders. */
export const OUTPUTS = 4;
export const DENSE = 128;

interface ImageCase {
  readonly network: 'conv' | 'resnet18';
  readonly widths: readonly number[];
  /** Height and width in pixels. */
  readonly size: number;
}

interface SeriesCase {
  readonly network: 'lstm';
  readonly channels: number;
  readonly times: number;
  readonly units: number;
}

export type NetworkCase = (ImageCase | SeriesCase) & {
  readonly batch: number;
  /** Number of subjects in memory. */
  readonly rows: number;
  /** Minimal ratio with 1 and with 2 threads. */
  readonly ratios: readonly [number, number];
};

export const NETWORK_CASES: readonly NetworkCase[] = [
  { network: 'conv', widths: [8, 16, 32], size: 32, batch: 256, rows: 2048, ratios: [2.5, 2.5] },
  { network: 'conv', widths: [16, 32, 64], size: 32, batch: 256, rows: 2048, ratios: [2, 2] },
  { network: 'resnet18', widths: RESIDUAL_WIDTHS, size: 64, batch: 64, rows: 256, ratios: [1.25, 1.25] },
  { network: 'lstm', channels: 4, times: 128, units: 64, batch: 128, rows: 1024, ratios: [3, 3] },
];

export function networkName(one: NetworkCase): string {
  if (one.network === 'lstm') {
    return `LSTM, ${one.channels} channels, ${one.times} steps, ${one.units} units, batch ${one.batch}`;
  }
  const name = one.network === 'conv' ? one.widths.join('-') : 'ResNet18';
  return `${name}, ${one.size} px, batch ${one.batch}`;
}

/** Returns the encoder, `[1, 1, values, batch]` → `[1, 1, OUTPUTS, batch]`, and its number of input values. */
function encoderOf(one: NetworkCase, parameters: ParameterList): { count: number; encode: (x: Node) => Node } {
  if (one.network === 'lstm') return { count: one.channels * one.times, encode: recurrent(one, parameters) };
  const { network, widths, size } = one;
  const weights = { sha256: '', gain: [1, 1, 1], bias: [0, 0, 0], convolution: drawn(widths) };
  const observation: Observation = {
    kind: 'image',
    shape: [IMAGE_CHANNELS, size, size],
    parts: [],
    masked: false,
    network:
      network === 'conv'
        ? { kind: 'conv', widths, dense: DENSE }
        : { kind: 'resnet18', widths, dense: DENSE, stem: 'large', weights, train: 'tuned' },
  };
  const options = { members: 1, hidden: DENSE, outputs: OUTPUTS };
  const encoder = observationNetwork(observation).encoder(parameters, 'encoder', options);
  return { count: valueCount(observation), encode: (x) => encoder({ values: x }) };
}

/** Returns an LSTM encoder. The last state and the mean of all states are the input of a linear head. */
function recurrent({ channels, times, units }: SeriesCase, parameters: ParameterList): (x: Node) => Node {
  const weights = {
    states: parameters.create('states', [1, 4 * units, units], fanIn()),
    inputs: parameters.create('inputs', [1, 4 * units, channels], fanIn()),
    bias: parameters.create('bias', [1, 4 * units, 1], constantValue(0)),
  };
  const head = mlpParameters(parameters, 'head', { groups: 1, widths: [2 * units, OUTPUTS] });
  return (x) => {
    const batch = x.shape[3];
    const h = lstmLayer(reshape(x, [1, 1, channels, times, batch]), weights);
    const last = reshape(slice(h, 3, times - 1, times), [1, 1, units, batch]);
    return layerNodes(head, concat([last, mean(h, [3])], 2));
  };
}

/** Returns random convolutions with folded batch norm, in the form in which they are read from a file. */
function drawn(widths: readonly number[]): (name: string) => FoldedConvolution {
  const shapes = residualConvolutions({ channels: IMAGE_CHANNELS, widths, stem: 'large' });
  return (name) => {
    const index = shapes.findIndex((convolution) => convolution.name === name);
    const { shape } = shapes[index];
    const draw = (count: number): Float64Array => uniforms(seedKey(2), index, 0, count);
    const [outputs, inputs, rows, columns] = shape;
    // Residual blocks add up. The factor 1/3 keeps the input of the head near 1.
    const bound = Math.sqrt(3 / (inputs * rows * columns)) / 3;
    return { weight: uniformWithin(bound)(shape, draw), bias: new Float32Array(outputs) };
  };
}

/** Number of parts of a measurement. The median over parts ignores short disturbances by other processes. */
const PARTS = 5;

/**
 * Returns the program of a case, its parameters, its number of input values, and the order of the subjects.
 * @param device default: the CPU
 */
export function networkProgram(one: NetworkCase, device: Pick<Device, 'backend' | 'kernels'> = CPU) {
  const { batch, rows } = one;
  const parameters = new ParameterList(1);
  const { count, encode } = encoderOf(one, parameters);
  const batches = Math.floor(rows / batch);
  const indices = data('order', [1, batches, batch], 'int32');
  const rowsOf = (name: string, values: number): Node =>
    reshape(gather(data(name, [rows, values]), indices), [1, 1, values, batch]);
  const distance = square(sub(encode(rowsOf('x', count)), rowsOf('targets', OUTPUTS)));
  const loss = mean(sum(distance, [2]), [1, 2]);
  const compiled = compile({
    ...{ runs: 1, rates: RATE_GROUPS, kernels: device.kernels, memory: targetOf(device).memory },
    entries: { step: trainedEntry(loss, parameters.all) },
  });
  const order = Int32Array.from({ length: batches * batch }, (_, i) => (i * 7919) % rows);
  return { compiled, parameters, count, order, rates: Float32Array.of(1e-4, 1e-4, 0) };
}

/** Our side of a comparison: a loaded program that continues to train. */
export class NetworkTraining {
  readonly program: Program;
  readonly memory: ProgramMemory;
  #nextStep = 0;
  #stepMilliseconds = 0;

  private constructor(program: Program, memory: ProgramMemory) {
    this.program = program;
    this.memory = memory;
  }

  /** Loads a case. @param options.profile true if the program times each of its kernels */
  static load(one: NetworkCase, { threads, profile = false }: { threads: number; profile?: boolean }): NetworkTraining {
    const { rows } = one;
    const { compiled, parameters, count, order, rates } = networkProgram(one);
    const program = Program.load(compiled, { threads, profile });
    const noise = (stream: number, values: number): Float32Array =>
      Float32Array.from(uniforms(seedKey(1), stream, 0, rows * values), (u) => 3 * u - 1.5);
    program.set('data', 'x', noise(0, count));
    program.set('data', 'targets', noise(1, OUTPUTS));
    program.set('data', 'order', order);
    program.set('controls', 'rates', rates);
    for (const [name, values] of parameters.initialValues([1])) program.set('parameters', name, values);
    return new NetworkTraining(program, compiled.memory);
  }

  /** Trains for some steps. @throws BenchError `benchmark-diverged` if it became infinite or NaN, which costs less */
  async steps(steps: number): Promise<void> {
    const { failures } = await this.program.run('step', { steps, firstStep: this.#nextStep });
    this.#nextStep += steps;
    if (failures.length === 0) return;
    const { step, label } = failures[0];
    throw new BenchError('benchmark-diverged', `The network diverged at step ${step} in "${label}".`);
  }

  /** Returns the milliseconds per step, as median over the parts of a measurement of about `seconds`. */
  async milliseconds(seconds: number, clock: Clock): Promise<number> {
    if (this.#stepMilliseconds === 0) {
      await this.#timed(1, clock);
      this.#stepMilliseconds = await this.#timed(2, clock);
    }
    const steps = Math.max(1, Math.ceil((seconds * 1000) / this.#stepMilliseconds / PARTS));
    const parts: number[] = [];
    for (let part = 0; part < PARTS; part++) parts.push(await this.#timed(steps, clock));
    return median(parts);
  }

  async #timed(steps: number, clock: Clock): Promise<number> {
    return (await time(clock, () => this.steps(steps))) / steps;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.dispose();
  }
}
