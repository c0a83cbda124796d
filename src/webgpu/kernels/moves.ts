import { moveImagesKernel } from '../../graph/augmentation.js';
import { sizeOf } from '../../graph/shapes.js';
import { offset, positions, type Dispatch, type Shader } from '../shader.js';

/** moveImages: a thread computes one element of the result. */
export function moveImages(shader: Shader): Dispatch[] {
  const { dims, outStrides, firstStrides, secondStrides, ...image } = shader.record(moveImagesKernel);
  const { channels, rows, columns, batch, wraps } = image;
  const channelSize = rows * columns * batch;
  const imageSize = channels * channelSize;
  /** Returns statements that compute the row or column that moves to `at`. */
  const from = (name: string, at: string, move: string, extent: number): string =>
    wraps
      ? `let unbounded_${name} = (i32(${at}) - i32(${move})) % ${extent};
         let ${name} = u32(select(unbounded_${name}, unbounded_${name} + ${extent}, unbounded_${name} < 0));`
      : `let ${name} = ${at} - bitcast<u32>(i32(${move}));
         if (${name} >= ${extent}u) { ${shader.write(0, 'to', '0.0')} return; }`;
  const move = (i: number): string => shader.read(2, `of_moves + ${i * batch}u`);
  const body = `let place_of_e = e / ${imageSize}u;
    ${positions('place_of_e', dims)}
    let within = e % ${imageSize}u;
    let subject = within % ${batch}u;
    let to_column = within / ${batch}u % ${columns}u;
    let to_row = within / ${batch * columns}u % ${rows}u;
    let to = ${offset(outStrides, dims)} + within;
    let of_moves = ${offset(secondStrides, dims)} + subject;
    let mirror = ${move(0)};
    let down = ${move(1)};
    let right = ${move(2)};
    // From 2^24 on, single precision cannot represent all integers.
    if (!is_move(mirror) || !is_move(down) || !is_move(right)) { ${shader.write(0, 'to', 'not_a_number()')} return; }
    ${from('from_row', 'to_row', 'down', rows)}
    ${from('from_column', 'to_column', 'right', columns)}
    let column = select(from_column, ${columns - 1}u - from_column, mirror > 0.0);
    let of_x = ${offset(firstStrides, dims)} + within / ${channelSize}u * ${channelSize}u + subject;
    ${shader.write(0, 'to', shader.read(1, `of_x + (from_row * ${columns}u + column) * ${batch}u`))}`;
  const declarations = 'fn is_move(x: f32) -> bool { return is_finite(x) && abs(x) < 16777216.0; }';
  return [shader.elements(sizeOf(dims) * imageSize, body, declarations)];
}
