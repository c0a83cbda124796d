// conv2d and its transpose: a thread computes one subject of one position of the result, for a few channels.
// Neighbouring threads access neighbouring memory and share the weights. conv2dWeights: a workgroup computes one tap of
// a few channels; its threads sum over positions and subjects (cuda/kernels/convolution.cu). Sums of channels are a
// second dispatch, which reads the result.

import { convolutionNumbers } from '../../graph/convolution-geometry.js';
import { sizeOf } from '../../graph/shapes.js';
import { activated, isSlope } from './matmul.js';
import { offset, partDeclaration, positions, THREADS, type Dispatch, type Shader } from '../shader.js';

const CHANNELS = 4;
/**
 * Number of terms that a thread sums before it adds them to its total. This reduces the rounding error of long sums.
 */
const TERMS_PER_CHUNK = 32;
/** With fewer workgroups a GPU is partly idle. Each thread then computes fewer channels. */
const ENOUGH_WORKGROUPS = 256;

/** Sizes along rows or columns. */
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
  /** Strides of the three operands. */
  readonly strides: readonly (readonly number[])[];
  readonly groups: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly rows: Axis;
  readonly columns: Axis;
  readonly batch: number;
}

export const conv2d = (shader: Shader): Dispatch[] => withSums(shader, 'output');
export const conv2dTranspose = (shader: Shader): Dispatch[] => withSums(shader, 'input');

function withSums(shader: Shader, result: 'output' | 'input'): Dispatch[] {
  const { hasBias, hasSums, activation, sumsStrides } = shader.record(convolutionNumbers);
  if (!hasSums) return [convolution(shader, result)];
  const { dims, strides, groups, rows, columns, batch, ...sizes } = decode(shader);
  const channels = groups * sizes[`${result}s`];
  const size = rows[result] * columns[result] * batch;
  const operand = 3 + Number(hasBias) + Number(isSlope(activation));
  const body = [
    `let place_of_o = o / ${channels}u; let channel = o % ${channels}u;`,
    positions('place_of_o', dims),
    `let row = ${offset(strides[0], dims)} + channel * ${size}u;`,
    `var total = 0.0;
     for (var x = thread; x < ${size}u; x += ${THREADS}u) { total += ${shader.read(0, 'row + x')}; }`,
    shader.fold('total', (a, b) => `${a} + ${b}`),
    `if (thread == 0u) { ${shader.write(operand, `${offset(sumsStrides, dims)} + channel`, 'part[0]')} }`,
  ].join('\n');
  const sums = shader.groups(channels * sizeOf(dims), body, { declarations: partDeclaration() });
  return [convolution(shader, result), sums];
}

function decode(shader: Shader): Convolution {
  const { outStrides, firstStrides, secondStrides, ...record } = shader.record(convolutionNumbers);
  const { input, output, taps, stride, padding, dilation, ...sizes } = record;
  const [rows, columns] = [0, 1].map((i): Axis => {
    const window = { stride: stride[i], padding: padding[i], dilation: dilation[i] };
    return { input: input[i], output: output[i], taps: taps[i], ...window };
  });
  return { ...sizes, strides: [outStrides, firstStrides, secondStrides], rows, columns };
}

/**
 * Returns the text of the input position that an output reads through a tap, as u32. A negative position wraps around
 * to a value beyond all positions.
 */
const inputAt = ({ stride, padding, dilation }: Axis, output: string, tap: string): string =>
  `${output} * ${stride}u + ${tap} * ${dilation}u - ${padding}u`;

/**
 * Returns the text of the distance from a thread's first channel to channel number `more`. Past the last channel the
 * distance is 0, so that the first channel is read again.
 */
const channelOffset = (first: string, more: number, channels: number, stride: number): string =>
  more === 0 || channels % CHANNELS === 0
    ? `${more * stride}u`
    : `select(0u, ${more * stride}u, ${first} + ${more}u < ${channels}u)`;

function convolution(shader: Shader, result: 'output' | 'input'): Dispatch {
  const { dims, strides, groups, inputs, outputs, rows, columns, batch } = decode(shader);
  const { activation, hasBias, biasStrides, savedStrides, slope } = shader.record(convolutionNumbers);
  const hasSaved = isSlope(activation);
  const isOutput = result === 'output';
  const source = isOutput ? 'input' : 'output';
  const [channels, reduced] = isOutput ? [outputs, inputs] : [inputs, outputs];
  const taps = rows.taps * columns.taps;
  const [ofChannel, ofReduced] = isOutput ? [inputs * taps, taps] : [taps, inputs * taps];
  const size = rows[result] * columns[result] * batch;
  const workgroups = (channelsPerThread: number): number =>
    Math.ceil((sizeOf(dims) * groups * Math.ceil(channels / channelsPerThread) * size) / THREADS);
  let perThread = Math.min(CHANNELS, channels);
  while (perThread > 1 && workgroups(perThread) * shader.blocks < ENOUGH_WORKGROUPS) {
    perThread = Math.ceil(perThread / 2);
  }
  const tiles = Math.ceil(channels / perThread);
  const sourceSize = rows[source] * columns[source] * batch;
  const each = (text: (channel: number) => string): string =>
    Array.from({ length: perThread }, (_, channel) => text(channel)).join('\n');
  /** Returns statements that compute the source position, or continue with the next tap if there is none. */
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
    let channel = rest % ${tiles}u * ${perThread}u; rest /= ${tiles}u;
    let group_of_e = rest % ${groups}u;
    let place_of_e = rest / ${groups}u;
    ${positions('place_of_e', dims)}
    let of_source = ${offset(strides[1], dims)} + group_of_e * ${reduced * sourceSize}u + subject;
    let of_weights = ${offset(strides[2], dims)} + group_of_e * ${outputs * inputs * taps}u + channel * ${ofChannel}u;
    let of_result = ${offset(strides[0], dims)} + (group_of_e * ${channels}u + channel) * ${size}u +
      (row * ${columns[result]}u + column) * ${batch}u + subject;
    ${each((c) => `var sum${c} = 0.0; let of_tap${c} = ${channelOffset('channel', c, channels, ofChannel)};`)}
    for (var k = 0u; k < ${shader.times(reduced)}; k++) {
      for (var i = 0u; i < ${shader.times(rows.taps)}; i++) {
        ${from('from_row', rows, 'row', 'i')}
        for (var j = 0u; j < ${shader.times(columns.taps)}; j++) {
          ${from('from_column', columns, 'column', 'j')}
          let at = of_source + k * ${sourceSize}u + (from_row * ${columns[source]}u + from_column) * ${batch}u;
          let x = ${shader.read(1, 'at')};
          let tap = of_weights + k * ${ofReduced}u + i * ${columns.taps}u + j;
          ${each((c) => `sum${c} = fma(${shader.read(2, `tap + of_tap${c}`)}, x, sum${c});`)}
        }
      }
    }
    ${hasBias ? `let of_bias = ${offset(biasStrides, dims)} + group_of_e * ${channels}u + channel;` : ''}
    ${hasSaved ? `let of_saved = of_result - (${offset(strides[0], dims)}) + ${offset(savedStrides, dims)};` : ''}
    ${each((c) => {
      const finish = [
        `var v = sum${c};`,
        hasBias ? `v += ${shader.read(3, `of_bias + ${c}u`)};` : '',
        hasSaved ? `let saved = ${shader.read(3 + Number(hasBias), `of_saved + ${c * size}u`)};` : '',
        activated(activation, slope),
        shader.write(0, `of_result + ${c * size}u`, 'v'),
      ].join('\n');
      return channels % perThread === 0 ? `{ ${finish} }` : `if (channel + ${c}u < ${channels}u) { ${finish} }`;
    })}`;
  return shader.elements(sizeOf(dims) * groups * tiles * size, body);
}

export function conv2dWeights(shader: Shader): Dispatch[] {
  const { dims, strides, groups, inputs, outputs, rows, columns, batch } = decode(shader);
  const taps = rows.taps * columns.taps;
  const terms = rows.output * columns.output * batch;
  const threads = terms >= 16 * THREADS ? 4 * THREADS : THREADS;
  const places = sizeOf(dims);
  const workgroups = (high: number, wide: number): number =>
    places * groups * taps * Math.ceil(outputs / high) * Math.ceil(inputs / wide);
  let [high, wide] = [Math.min(CHANNELS, outputs), Math.min(CHANNELS, inputs)];
  while (high * wide > 1 && workgroups(high, wide) * shader.blocks < ENOUGH_WORKGROUPS) {
    if (high >= wide) high = Math.ceil(high / 2);
    else wide = Math.ceil(wide / 2);
  }
  const [down, across] = [Math.ceil(outputs / high), Math.ceil(inputs / wide)];
  const [ofInput, ofOutput] = [rows.input * columns.input * batch, terms];
  const each = (count: number, text: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => text(i)).join('\n');
  const both = (text: (suffix: string, output: number, input: number) => string): string =>
    each(high, (h) => each(wide, (w) => text(`${h}_${w}`, h, w)));
  const body = `var rest = o;
    let j = rest % ${columns.taps}u; rest /= ${columns.taps}u;
    let i = rest % ${rows.taps}u; rest /= ${rows.taps}u;
    let input = rest % ${across}u * ${wide}u; rest /= ${across}u;
    let output = rest % ${down}u * ${high}u; rest /= ${down}u;
    let group_of_o = rest % ${groups}u;
    let place_of_o = rest / ${groups}u;
    ${positions('place_of_o', dims)}
    let of_x = ${offset(strides[1], dims)} + (group_of_o * ${inputs}u + input) * ${ofInput}u;
    let of_y = ${offset(strides[2], dims)} + (group_of_o * ${outputs}u + output) * ${ofOutput}u;
    let of_w = ${offset(strides[0], dims)} + i * ${columns.taps}u + j;
    ${each(wide, (w) => `let of_x${w} = ${channelOffset('input', w, inputs, ofInput)};`)}
    ${each(high, (h) => `let of_y${h} = ${channelOffset('output', h, outputs, ofOutput)};`)}
    ${both((suffix) => `var total${suffix} = 0.0;`)}
    for (var start = thread; start < ${terms}u; start += ${threads * TERMS_PER_CHUNK}u) {
      ${both((suffix) => `var some${suffix} = 0.0;`)}
      for (var n = 0u; n < ${shader.times(TERMS_PER_CHUNK)}; n++) {
        let term = start + n * ${threads}u;
        if (term >= ${terms}u) { break; }
        let position = term / ${batch}u;
        let row = ${inputAt(rows, `(position / ${columns.output}u)`, 'i')};
        let column = ${inputAt(columns, `(position % ${columns.output}u)`, 'j')};
        if (row >= ${rows.input}u || column >= ${columns.input}u) { continue; }
        let at = of_x + (row * ${columns.input}u + column) * ${batch}u + term % ${batch}u;
        ${each(wide, (w) => `let x${w} = ${shader.read(1, `at + of_x${w}`)};`)}
        ${each(high, (h) => `let y${h} = ${shader.read(2, `of_y + term + of_y${h}`)};`)}
        ${both((suffix, h, w) => `some${suffix} = fma(y${h}, x${w}, some${suffix});`)}
      }
      ${both((suffix) => `total${suffix} += some${suffix};`)}
    }
    ${both((suffix, h, w) => {
      const at = `of_w + ((group_of_o * ${outputs}u + output + ${h}u) * ${inputs}u + input + ${w}u) * ${taps}u`;
      const isOne = `thread == 0u && output + ${h}u < ${outputs}u && input + ${w}u < ${inputs}u`;
      return `${shader.fold(`total${suffix}`, (a, b) => `${a} + ${b}`, threads)}
        if (${isOne}) { ${shader.write(0, at, 'part[0]')} }`;
    })}`;
  return [shader.groups(workgroups(high, wide), body, { threads, declarations: partDeclaration(threads) })];
}
