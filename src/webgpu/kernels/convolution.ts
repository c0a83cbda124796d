// conv2d and its transpose: a thread has one subject of one position of the result, for a few channels, so that
// neighbours read memory side by side and share the weights. conv2dWeights: a workgroup has one weight, its threads add up
// positions and subjects (cuda/kernels/convolution.cu).

import { sizeOf } from '../../graph/shapes.js';
import { fold, offset, partDeclaration, positions, THREADS, type Dispatch, type Shader } from '../shader.js';

const CHANNELS = 4;
/** Terms that a thread adds up before it adds them to the rest: the sum of many loses less so. */
const RUN_OF_TERMS = 32;

/** Rows or columns. */
interface Axis {
  readonly input: number;
  readonly output: number;
  readonly taps: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

interface Convolution {
  readonly dims: readonly number[];
  /** Of the three operands. */
  readonly strides: readonly (readonly number[])[];
  readonly groups: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly rows: Axis;
  readonly columns: Axis;
  readonly batch: number;
}

export const conv2d = (shader: Shader): Dispatch[] => [convolution(shader, 'output')];
export const conv2dTranspose = (shader: Shader): Dispatch[] => [convolution(shader, 'input')];

function decode(ints: readonly number[]): Convolution {
  const rank = ints[0];
  const [dims, ...strides] = [0, 1, 2, 3].map((i) => ints.slice(1 + rank * i, 1 + rank * (i + 1)));
  const [groups, inputs, outputs, ...rest] = ints.slice(1 + 4 * rank);
  const axis = (i: number): Axis => {
    const [input, output, taps, stride, padding, dilation] = [0, 2, 4, 6, 8, 10].map((at) => rest[at + i]);
    return { input, output, taps, stride, padding, dilation };
  };
  return { dims, strides, groups, inputs, outputs, rows: axis(0), columns: axis(1), batch: rest[12] };
}

/** The input that an output reads through a tap, as u32; what is below 0 becomes larger than all. */
const inputAt = ({ stride, padding, dilation }: Axis, output: string, tap: string): string =>
  `${output} * ${stride}u + ${tap} * ${dilation}u - ${padding}u`;

function convolution(shader: Shader, result: 'output' | 'input'): Dispatch {
  const { dims, strides, groups, inputs, outputs, rows, columns, batch } = decode(shader.kernel.ints);
  const isOutput = result === 'output';
  const source = isOutput ? 'input' : 'output';
  const [channels, reduced] = isOutput ? [outputs, inputs] : [inputs, outputs];
  const taps = rows.taps * columns.taps;
  const [ofChannel, ofReduced] = isOutput ? [inputs * taps, taps] : [taps, inputs * taps];
  const own = Math.min(CHANNELS, channels);
  const tiles = Math.ceil(channels / own);
  const size = rows[result] * columns[result] * batch;
  const sourceSize = rows[source] * columns[source] * batch;
  const each = (text: (channel: number) => string): string =>
    Array.from({ length: own }, (_, channel) => text(channel)).join('\n');
  /** Goes on with the next tap where this one meets nothing. */
  const from = (name: string, axis: Axis, position: string, tap: string): string => {
    if (isOutput) {
      return `let ${name} = ${inputAt(axis, position, tap)};
        if (${name} >= ${axis.input}u) { continue; }`;
    }
    return `let reach_${name} = ${position} + ${axis.padding}u - ${tap} * ${axis.dilation}u;
      let ${name} = reach_${name} / ${axis.stride}u;
      if (${name} >= ${axis.output}u || reach_${name} % ${axis.stride}u != 0u) { continue; }`;
  };
  const body = `let subject = e % ${batch}u;
    var rest = e / ${batch}u;
    let column = rest % ${columns[result]}u; rest /= ${columns[result]}u;
    let row = rest % ${rows[result]}u; rest /= ${rows[result]}u;
    let channel = rest % ${tiles}u * ${own}u; rest /= ${tiles}u;
    let group_of_e = rest % ${groups}u;
    let place_of_e = rest / ${groups}u;
    ${positions('place_of_e', dims)}
    let of_source = ${offset(strides[1], dims)} + group_of_e * ${reduced * sourceSize}u + subject;
    let of_weights = ${offset(strides[2], dims)} + group_of_e * ${outputs * inputs * taps}u + channel * ${ofChannel}u;
    let of_result = ${offset(strides[0], dims)} + (group_of_e * ${channels}u + channel) * ${size}u +
      (row * ${columns[result]}u + column) * ${batch}u + subject;
    ${each((c) => `var sum${c} = 0.0;`)}
    for (var k = 0u; k < ${reduced}u; k++) {
      for (var i = 0u; i < ${rows.taps}u; i++) {
        ${from('from_row', rows, 'row', 'i')}
        for (var j = 0u; j < ${columns.taps}u; j++) {
          ${from('from_column', columns, 'column', 'j')}
          let at = of_source + k * ${sourceSize}u + (from_row * ${columns[source]}u + from_column) * ${batch}u;
          let x = ${shader.read(1, 'at')};
          let tap = of_weights + k * ${ofReduced}u + i * ${columns.taps}u + j;
          ${each((c) => `sum${c} = fma(${shader.read(2, `tap + ${c * ofChannel}u`)}, x, sum${c});`)}
        }
      }
    }
    ${each((c) => {
      const write = shader.write(0, `of_result + ${c * size}u`, `sum${c}`);
      return channels % own === 0 ? write : `if (channel + ${c}u < ${channels}u) { ${write} }`;
    })}`;
  return shader.elements(sizeOf(dims) * groups * tiles * size, body);
}

export function conv2dWeights(shader: Shader): Dispatch[] {
  const { dims, strides, groups, inputs, outputs, rows, columns, batch } = decode(shader.kernel.ints);
  const weights = groups * outputs * inputs * rows.taps * columns.taps;
  const terms = rows.output * columns.output * batch;
  const threads = terms >= 16 * THREADS ? 4 * THREADS : THREADS;
  const body = `var rest = o % ${weights}u;
    let weight = rest;
    let place_of_o = o / ${weights}u;
    ${positions('place_of_o', dims)}
    let j = rest % ${columns.taps}u; rest /= ${columns.taps}u;
    let i = rest % ${rows.taps}u; rest /= ${rows.taps}u;
    let input = rest % ${inputs}u;
    let output = rest / ${inputs}u;
    let of_x = ${offset(strides[1], dims)} +
      (output / ${outputs}u * ${inputs}u + input) * ${rows.input * columns.input * batch}u;
    let of_y = ${offset(strides[2], dims)} + output * ${terms}u;
    var total = 0.0;
    for (var start = thread; start < ${terms}u; start += ${threads * RUN_OF_TERMS}u) {
      var some = 0.0;
      for (var n = 0u; n < ${RUN_OF_TERMS}u; n++) {
        let term = start + n * ${threads}u;
        if (term >= ${terms}u) { break; }
        let position = term / ${batch}u;
        let row = ${inputAt(rows, `(position / ${columns.output}u)`, 'i')};
        let column = ${inputAt(columns, `(position % ${columns.output}u)`, 'j')};
        if (row >= ${rows.input}u || column >= ${columns.input}u) { continue; }
        let at = of_x + (row * ${columns.input}u + column) * ${batch}u + term % ${batch}u;
        some = fma(${shader.read(2, 'of_y + term')}, ${shader.read(1, 'at')}, some);
      }
      total += some;
    }
    ${fold('total', (a, b) => `${a} + ${b}`, threads)}
    if (thread == 0u) { ${shader.write(0, `${offset(strides[0], dims)} + weight`, 'part[0]')} }`;
  return [shader.groups(sizeOf(dims) * weights, body, { threads, declarations: partDeclaration(threads) })];
}
