// maxPool2d: a thread computes one subject of one window. Its gradient: a thread computes one element of x and sums
// over the windows in which that element is the first maximum, so that no two threads write the same element
// (cuda/kernels/pooling.cu).

import { maxPool2dKernel } from '../../graph/pooling.js';
import type { Dispatch, Shader } from '../shader.js';

/** Sizes along rows or columns. */
interface Axis {
  readonly input: number;
  readonly output: number;
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}

interface Pooling {
  readonly channels: number;
  readonly rows: Axis;
  readonly columns: Axis;
  readonly batch: number;
}

function decode(shader: Shader): Pooling {
  const { channels, input, output, size, stride, padding, batch } = shader.record(maxPool2dKernel);
  const [rows, columns] = [0, 1].map((i): Axis => {
    return { input: input[i], output: output[i], size: size[i], stride: stride[i], padding: padding[i] };
  });
  return { channels, rows, columns, batch };
}

/**
 * Returns statements that store the maximum of a window in `best`, and the index of its first occurrence in `best_at`.
 */
function findMaximum(shader: Shader, { rows, columns, batch }: Pooling, row: string, column: string): string {
  const range = (name: string, { input, size, stride, padding }: Axis, at: string): string =>
    `let begin_${name} = ${at} * ${stride}u;
     let first_${name} = select(begin_${name} - ${padding}u, 0u, begin_${name} < ${padding}u);
     let end_${name} = begin_${name} + ${size}u - ${padding}u;
     let past_${name} = select(end_${name}, ${input}u, end_${name} > ${input}u);`;
  return `${range('row', rows, row)}
    ${range('column', columns, column)}
    var best_at = of_x + (first_row * ${columns.input}u + first_column) * ${batch}u;
    var best = ${shader.read(1, 'best_at')};
    for (var i = first_row; i < past_row; i++) {
      for (var j = first_column; j < past_column; j++) {
        let at = of_x + (i * ${columns.input}u + j) * ${batch}u;
        let x = ${shader.read(1, 'at')};
        // NaN counts as the maximum.
        if (is_nan(x) || (x > best && !is_nan(best))) { best = x; best_at = at; }
      }
    }`;
}

/** Returns statements that split an index into subject, column, row and channel. */
const placesOf = (rows: number, columns: number, batch: number): string =>
  `let subject = e % ${batch}u;
   let column = e / ${batch}u % ${columns}u;
   let row = e / ${batch * columns}u % ${rows}u;
   let channel = e / ${batch * columns * rows}u;`;

export function maxPool2d(shader: Shader): Dispatch[] {
  const pooling = decode(shader);
  const { channels, rows, columns, batch } = pooling;
  const body = `${placesOf(rows.output, columns.output, batch)}
    let of_x = channel * ${rows.input * columns.input * batch}u + subject;
    ${findMaximum(shader, pooling, 'row', 'column')}
    ${shader.write(0, 'e', 'best')}`;
  return [shader.elements(channels * rows.output * columns.output * batch, body)];
}

export function maxPool2dGrad(shader: Shader): Dispatch[] {
  const pooling = decode(shader);
  const { channels, rows, columns, batch } = pooling;
  /** Returns statements that compute the windows that contain an element. */
  const windows = (name: string, { output, size, stride, padding }: Axis, at: string): string =>
    `let reach_${name} = ${at} + ${padding}u;
     let first_window_${name} = select((reach_${name} - ${size}u) / ${stride}u + 1u, 0u, reach_${name} < ${size}u);
     let end_window_${name} = reach_${name} / ${stride}u + 1u;
     let past_window_${name} = select(end_window_${name}, ${output}u, end_window_${name} > ${output}u);`;
  const body = `${placesOf(rows.input, columns.input, batch)}
    let of_x = channel * ${rows.input * columns.input * batch}u + subject;
    let of_upstream = channel * ${rows.output * columns.output * batch}u + subject;
    ${windows('row', rows, 'row')}
    ${windows('column', columns, 'column')}
    var sum = 0.0;
    for (var window_row = first_window_row; window_row < past_window_row; window_row++) {
      for (var window_column = first_window_column; window_column < past_window_column; window_column++) {
        ${findMaximum(shader, pooling, 'window_row', 'window_column')}
        if (best_at != e) { continue; }
        sum += ${shader.read(2, `of_upstream + (window_row * ${columns.output}u + window_column) * ${batch}u`)};
      }
    }
    ${shader.write(0, 'e', 'sum')}`;
  return [shader.elements(channels * rows.input * columns.input * batch, body)];
}
