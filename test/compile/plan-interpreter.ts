// Executes a decoded plan over float64 slabs, kernel by kernel, as docs/explanation/kernels.md defines. Memory starts
// as NaN, and every access is checked against its operand. This reveals reads of memory that was never written and
// accesses outside an operand.

import type { CompiledProgram } from '../../src/compile/index.js';
import {
  decodePlan,
  decodeProgram,
  type DecodedProgram,
  type DecodedKernel,
  type DecodedOperand,
  type DecodedPlan,
} from '../../src/compile/decode.js';
import { INSTRUCTIONS } from '../../src/graph/instructions.js';
import { adamKernel, averageKernel, guardKernel, matmulKernel } from '../../src/compile/kernels.js';
import { logAbsDetKernel } from '../../src/graph/determinant.js';
import { gatherKernel } from '../../src/graph/gather.js';
import { jacobianNumbers } from '../../src/graph/jacobian.js';
import { mixtureNumbers } from '../../src/graph/mixture.js';
import { drawOf, randomKernel } from '../../src/graph/random.js';
import { recordOf } from '../../src/graph/kernel-record.js';
import * as graph from '../../src/graph/index.js';
import { flooredLog, flooredLogGradient, invert } from '../../src/graph/determinant-reference.js';
import * as mixture from '../../src/graph/mixture-reference.js';
import { positions, sizeOf } from '../../src/graph/shapes.js';
import * as special from '../../src/graph/special.js';
import { uniformAt } from '../../src/random/philox.js';
import { evaluate, type Feeds } from '../../src/graph/reference.js';
import { arrayOf, elementsIn, roomFor } from '../../src/graph/data-type.js';
import { finishConvolution, isNetworkKernel, networkNode } from './network-kernels.js';

type Compute = (x: number, y: number, z: number, lo: number, hi: number) => number;

/** Instructions that are no operation, and then the references of all operations that are an instruction. */
const COMPUTE: Record<string, Compute> = {
  const: (_x, _y, _z, lo) => lo,
  copy: (x) => x,
  fma: (x, y, z) => x * y + z,
  addImm: (x, _y, _z, lo) => x + lo,
  mulImm: (x, _y, _z, lo) => x * lo,
};
for (const operation of graph.operations.values()) {
  const { lowering } = operation;
  if (lowering.kind !== 'elementwise') continue;
  const [low, high] = lowering.immediates ?? [];
  COMPUTE[lowering.instruction] = (x, y, z, lo, hi) => {
    const inputs = [x, y, z].map((value) => ({ shape: [], values: Float64Array.of(value) }));
    const node = { id: 0, operation, inputs: [], shape: [], attributes: { [low]: lo, [high]: hi }, label: '' };
    return operation.reference(node, inputs, { step: 0, leaf: () => Float64Array.of() })[0];
  };
}

/** Kernels of the interpreter that are optional for a backend. */
export const KERNELS: ReadonlySet<string> = new Set([
  'meanAbsJacobian',
  'meanAbsJacobianGrad',
  'lstmLayer',
  'lstmLayerGrad',
]);

export class PlanInterpreter {
  readonly plan: DecodedPlan;
  readonly slabs: Float64Array[];
  readonly #program: CompiledProgram;
  /** The current block. */
  #block = { run: 0, tile: 0 };

  constructor(program: CompiledProgram) {
    this.#program = program;
    this.plan = decodePlan(program.plan);
    this.slabs = this.plan.slabs.map((size) => new Float64Array(size).fill(NaN));
    this.slabs[2].fill(0);
    for (const { offset, values } of program.constants) this.slabs[3].set(values, offset);
    this.slabs[4].fill(1, program.controls['alive'].offset, program.controls['alive'].offset + program.runs);
  }

  feed({ parameters = {}, data = {}, controls = {} }: Feeds): void {
    const kinds = [
      { values: parameters, slab: 0, places: this.#program.parameters },
      { values: data, slab: 3, places: this.#program.data },
      { values: controls, slab: 4, places: this.#program.controls },
    ];
    for (const { values, slab, places } of kinds) {
      for (const [name, source] of Object.entries(values)) {
        const type = slab === 3 ? this.#program.data[name].dtype : 'float32';
        const elements = type === 'float32' ? Float64Array.from(source) : elementsIn(arrayOf(type, source));
        this.slabs[slab].set(elements, places[name].offset);
      }
    }
  }

  /** Runs one step of an entry and returns its outputs by name. */
  run(entry: string, step = 0): Record<string, Float64Array> {
    const { kernels, outputs, tiles, blockKernels } = this.plan.entries[this.#program.entries[entry].index];
    for (let run = 0; run < this.plan.runs; run++) {
      for (let tile = 0; tile < tiles; tile++) {
        // Blocks must not read values of other blocks.
        this.slabs[6].fill(NaN);
        this.#block = { run, tile };
        for (const kernel of kernels.slice(0, blockKernels)) this.#execute(kernel, step);
      }
    }
    this.#block = { run: 0, tile: 0 };
    for (const kernel of kernels.slice(blockKernels)) this.#execute(kernel, step);
    return Object.fromEntries(
      outputs.map(({ name, slab, offset, count }) => [name, this.slabs[slab].slice(offset, offset + count)]),
    );
  }

  #read(operand: DecodedOperand, at: number): number {
    if (!(at >= 0 && at < operand.extent)) throw new Error(`read ${at} of ${operand.extent}`);
    return this.slabs[operand.slab][this.#start(operand) + at];
  }

  #write(operand: DecodedOperand, at: number, value: number): void {
    if (!operand.written) throw new Error('a kernel writes to an operand that is read only');
    if (!(at >= 0 && at < operand.extent)) throw new Error(`write ${at} of ${operand.extent}`);
    this.slabs[operand.slab][this.#start(operand) + at] = value;
  }

  #start({ offset, runStride, tileStride }: DecodedOperand): number {
    return offset + this.#block.run * runStride + this.#block.tile * tileStride;
  }

  #execute(kernel: DecodedKernel, step: number): void {
    const run = {
      map: () => this.#map(kernel),
      reduce: () => this.#reduce(kernel),
      matmul: () => this.#matmul(kernel),
      random: () => this.#random(kernel, step),
      gather: () => this.#gather(kernel, step),
      average: () => this.#average(kernel),
      guard: () => this.#guard(kernel),
      adam: () => this.#adam(kernel, step),
      logAbsDet: () => this.#determinant(kernel),
      logAbsDetGrad: () => this.#determinant(kernel),
      detSign: () => this.#determinant(kernel),
      meanAbsJacobian: () => this.#jacobian(kernel),
      meanAbsJacobianGrad: () => this.#jacobian(kernel),
    }[kernel.name];
    if (isNetworkKernel(kernel)) this.#network(kernel);
    else if (run === undefined) this.#mixture(kernel);
    else run();
  }

  #network(kernel: DecodedKernel): void {
    const node = networkNode(kernel, (i, count) =>
      Array.from({ length: count }, (_, at) => this.#read(kernel.operands[i], at)),
    );
    const values = evaluate([node])[0];
    finishConvolution(kernel, values, {
      read: (i, at) => this.#read(kernel.operands[i], at),
      write: (i, at, value) => this.#write(kernel.operands[i], at, value),
    });
    values.forEach((value, at) => {
      this.#write(kernel.operands[0], at, value);
    });
  }

  /** Returns the register values at one position of a map or reduce. */
  #registers(
    kernel: DecodedKernel,
    { outputs, inputs, registers, code }: DecodedProgram,
    offsets: readonly Int32Array[],
    position: number,
  ): number[] {
    const values = new Array<number>(registers).fill(NaN);
    for (let i = 0; i < inputs; i++) {
      values[i] = this.#read(kernel.operands[outputs + i], offsets[outputs + i][position]);
    }
    for (const { opcode, target, sources, immediate } of code) {
      const [x, y, z] = sources.map((source) => values[source]);
      values[target] = COMPUTE[INSTRUCTIONS[opcode]](x, y, z, kernel.floats[immediate], kernel.floats[immediate + 1]);
    }
    return values;
  }

  #map(kernel: DecodedKernel): void {
    const program = decodeProgram(kernel);
    const { dims, outputs, strides, results } = program;
    const offsets = strides.map((operand) => positions(dims, operand));
    for (let position = 0; position < sizeOf(dims); position++) {
      const values = this.#registers(kernel, program, offsets, position);
      for (let i = 0; i < outputs; i++) this.#write(kernel.operands[i], offsets[i][position], values[results[i]]);
    }
  }

  #reduce(kernel: DecodedKernel): void {
    const program = decodeProgram(kernel);
    const { dims, strides, results, takesMaximum, reduced } = program;
    const offsets = strides.map((operand) => positions(dims, operand));
    const totals = new Map<number, number>();
    for (let position = 0; position < sizeOf(dims); position++) {
      const value = this.#registers(kernel, program, offsets, position)[results[0]];
      const at = offsets[0][position];
      const total = totals.get(at);
      totals.set(at, total === undefined ? value : takesMaximum ? Math.max(total, value) : total + value);
    }
    dims.forEach((dim, axis) => {
      if ((strides[0][axis] === 0) !== (reduced[axis] === 1) && dim > 1) throw new Error('reduced flags do not fit');
    });
    for (const [at, total] of totals) this.#write(kernel.operands[0], at, total);
  }

  #matmul({ operands, ...numbers }: DecodedKernel): void {
    const record = recordOf(matmulKernel, numbers);
    const { m, n, k, transA, transB, ldc, lda, ldb, activation, hasBias, ldSaved, hasSums, dims, slope } = record;
    const { cStrides, aStrides, bStrides, biasStrides, savedStrides, sumsStrides } = record;
    const offsets = [cStrides, aStrides, bStrides, biasStrides, savedStrides, sumsStrides].map((strides) =>
      positions(dims, strides),
    );
    const extras = operands.slice(3);
    const bias = hasBias ? extras.shift() : undefined;
    const saved = activation > 2 ? extras.shift() : undefined;
    const sums = hasSums ? extras.shift() : undefined;
    for (let batch = 0; batch < sizeOf(dims); batch++) {
      const [c, a, b, atBias, atSaved, atSums] = offsets.map((ofOperand) => ofOperand[batch]);
      for (let i = 0; i < m; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) {
          let total = bias ? this.#read(bias, atBias + i) : 0;
          for (let p = 0; p < k; p++) {
            const left = this.#read(operands[1], a + (transA ? p * lda + i : i * lda + p));
            total += left * this.#read(operands[2], b + (transB ? j * ldb + p : p * ldb + j));
          }
          const y = saved ? this.#read(saved, atSaved + i * ldSaved + j) : NaN;
          const value = [
            total,
            total > 0 ? total : slope * total,
            Math.tanh(total),
            total * (y > 0 ? 1 : slope),
            total * (1 - y * y),
          ][activation];
          this.#write(operands[0], c + i * ldc + j, value);
          sum += value;
        }
        if (sums) this.#write(sums, atSums + i, sum);
      }
    }
  }

  #random({ operands, ...numbers }: DecodedKernel, step: number): void {
    const { normal, stream, runs, perRun, perTile, columns, parts } = recordOf(randomKernel, numbers);
    const first = perTile ? this.#block.tile * 4 * parts * Math.ceil(perRun / parts / 4) : 0;
    const positionOf = drawOf(columns, perRun, parts);
    for (let run = 0; run < runs; run++) {
      const key = { low: this.#read(operands[1], 2 * run), high: this.#read(operands[1], 2 * run + 1) };
      for (let i = 0; i < perRun; i++) {
        const uniform = uniformAt(key, step, stream, first + positionOf(i));
        this.#write(operands[0], run * perRun + i, normal ? special.normalQuantile(uniform) : uniform);
      }
    }
  }

  /** Returns a value of a data set, which may share an element with other values. */
  #valueAt(operand: DecodedOperand, at: number): number {
    if (operand.type === 'float32') return this.#read(operand, at);
    const { elements, values } = roomFor(operand.type, operand.type === 'uint8' ? 4 : 2);
    elements[0] = this.#read(operand, Math.floor(at / values.length));
    return values[at % values.length];
  }

  #gather({ operands, ...numbers }: DecodedKernel, step: number): void {
    const { features, batch, batches, rows, runs, tiles, scales } = recordOf(gatherKernel, numbers);
    const channels = scales.length / 2;
    const place = (step % (batches / tiles)) * tiles + this.#block.tile;
    for (let run = 0; run < runs; run++) {
      for (let b = 0; b < batch; b++) {
        const row = this.#read(operands[2], (run * batches + place) * batch + b);
        if (!(row >= 0 && row < rows)) throw new Error(`row ${row} of ${rows}`);
        for (let f = 0; f < features; f++) {
          const channel = Math.floor((f * channels) / features);
          const value = this.#valueAt(operands[1], row * features + f);
          const scaled = channels === 0 ? value : (value - scales[channel]) / scales[channels + channel];
          this.#write(operands[0], (run * features + f) * batch + b, scaled);
        }
      }
    }
  }

  #mixture({ name, operands, ...numbers }: DecodedKernel): void {
    const { groups, components: count, batch, ...limits } = recordOf(mixtureNumbers, numbers);
    const column = (operand: DecodedOperand, rows: number, group: number, b: number): Float64Array =>
      Float64Array.from({ length: rows }, (_, row) => this.#read(operand, (group * rows + row) * batch + b));
    for (let group = 0; group < groups; group++) {
      for (let b = 0; b < batch; b++) {
        const z = this.#read(operands[1], group * batch + b);
        const theta = column(operands[2], 3 * count, group, b);
        const upstreamRows = name === 'mixtureSensitivityGrad' ? 1 + 3 * count : 1;
        const upstream = operands.length > 3 ? column(operands[3], upstreamRows, group, b) : new Float64Array(1);
        const value = {
          mixtureLogDensity: () => [mixture.logDensity(z, theta, limits)],
          mixtureLogDensityGrad: () => mixture.logDensityGradient(z, theta, limits).map((slope) => slope * upstream[0]),
          mixtureEpsilon: () => [mixture.epsilon(z, theta, limits)],
          mixtureSensitivity: () => mixture.sensitivity(z, theta, limits),
          mixtureSensitivityGrad: () => mixture.sensitivityGradient(z, theta, upstream, limits),
        }[name]!();
        value.forEach((element, row) => {
          this.#write(operands[0], (group * value.length + row) * batch + b, element);
        });
      }
    }
  }

  #determinant({ name, operands, ...numbers }: DecodedKernel): void {
    const { groups, d, batch, logFloor } = recordOf(logAbsDetKernel, numbers);
    for (let group = 0; group < groups; group++) {
      for (let b = 0; b < batch; b++) {
        const at = (element: number, count: number): number => (group * count + element) * batch + b;
        const a = Float64Array.from({ length: d * d }, (_, e) => this.#read(operands[1], at(e, d * d)));
        const value = {
          logAbsDet: () => [flooredLog(invert(a, d).log, logFloor)],
          logAbsDetGrad: () => {
            const upstream = this.#read(operands[2], at(0, 1));
            return flooredLogGradient(a, d, logFloor).map((slope) => slope * upstream);
          },
          detSign: () => [invert(a, d).sign],
        }[name]!();
        value.forEach((element, e) => {
          this.#write(operands[0], at(e, value.length), element);
        });
      }
    }
  }

  /** Computes the reference on copies of the operands. */
  #jacobian({ name, operands: [out, ...inputs], ...numbers }: DecodedKernel): void {
    const { runs, latents, parents, size, hidden, batch, rows, slope } = recordOf(jacobianNumbers, numbers);
    const matrices = [
      [rows, batch],
      [hidden, batch],
      [hidden, batch],
      [hidden, parents],
      [hidden, hidden],
      [size, hidden],
      [parents],
    ].slice(0, inputs.length);
    const leaves = matrices.map((matrix, i) => {
      const length = sizeOf(matrix);
      const values = Array.from({ length: runs * latents * length }, (_, at) => this.#read(inputs[i], at));
      return graph.constant(values, [runs, latents, ...matrix]);
    });
    const [s, first, second, w0, w1, w2, upstream] = leaves;
    const node =
      name === 'meanAbsJacobian'
        ? graph.meanAbsJacobian(s, first, second, [w0, w1, w2], slope)
        : graph.meanAbsJacobianGrad(s, first, second, [w0, w1, w2], upstream, slope);
    evaluate([node])[0].forEach((element, at) => {
      this.#write(out, at, element);
    });
  }

  #average({ operands: [target, source], ...numbers }: DecodedKernel): void {
    const { count, stride, elements } = recordOf(averageKernel, numbers);
    for (let i = 0; i < elements; i++) {
      let total = 0;
      for (let tile = 0; tile < count; tile++) total += this.#read(source, tile * stride + i);
      this.#write(target, i, total / count);
    }
  }

  #guard({ operands: [alive, ...tensors], ...numbers }: DecodedKernel): void {
    const { runs } = recordOf(guardKernel, numbers);
    for (let run = 0; run < runs; run++) {
      for (const tensor of tensors) {
        const share = tensor.runStride === 0 ? tensor.extent : tensor.extent - (runs - 1) * tensor.runStride;
        for (let i = 0; i < share; i++) {
          const finite = Number.isFinite(this.#read(tensor, (runs === 1 ? 0 : run * tensor.runStride) + i));
          if (!finite) this.#write(alive, run, 0);
        }
      }
    }
  }

  #adam(kernel: DecodedKernel, step: number): void {
    const [parameters, first, second, gradients, alive, rates] = kernel.operands;
    const { runs, parts, beta1, beta2, epsilon } = recordOf(adamKernel, kernel);
    const t = step + 1 - this.#read(rates, rates.extent - 1);
    for (let i = 0; i < parts.length; i += 3) {
      const [offset, perRun, rate] = parts.slice(i, i + 3);
      for (let element = 0; element < runs * perRun; element++) {
        if (this.#read(alive, Math.floor(element / perRun)) === 0) continue;
        const at = offset + element;
        const gradient = this.#read(gradients, at);
        const m = beta1 * this.#read(first, at) + (1 - beta1) * gradient;
        const v = beta2 * this.#read(second, at) + (1 - beta2) * gradient * gradient;
        this.#write(first, at, m);
        this.#write(second, at, v);
        const scale = Math.sqrt(v / (1 - beta2 ** t)) + epsilon;
        this.#write(
          parameters,
          at,
          this.#read(parameters, at) - (this.#read(rates, rate) * (m / (1 - beta1 ** t))) / scale,
        );
      }
    }
  }
}
