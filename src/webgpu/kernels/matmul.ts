import { literal } from '../arithmetic.js';
import { sizeOf } from '../../graph/shapes.js';
import { fold, offset, partDeclaration, positions, THREADS, type Dispatch, type Shader } from '../shader.js';

/** What a workgroup of 64 threads computes of C: `rows` × `columns`, by each thread `high` × `wide` of them. */
interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly high: number;
  readonly wide: number;
}

const SQUARE: Tile = { rows: 32, columns: 32, high: 4, wide: 4 };
const FLAT: Tile = { rows: 8, columns: 64, high: 2, wide: 4 };
const NARROW: Tile = { rows: 64, columns: 8, high: 4, wide: 2 };
/** Columns of A and rows of B in workgroup memory at once. */
const DEPTH = 16;

enum Activation {
  None,
  LeakyRelu,
  Tanh,
  LeakyReluSlope,
  TanhSlope,
}

/** C = act(op(A) · op(B) + bias), or act'(saved) ⊙ (op(A) · op(B)); then, if asked for, the sums of C's rows. */
export function matmul(shader: Shader): Dispatch[] {
  const { ints } = shader.kernel;
  const [m, n, , , , ldc, , , activation, bias, , sums, rank] = ints;
  const product = productOf(shader);
  if (sums === 0) return [product];
  const operand = 3 + bias + Number(activation >= Activation.LeakyReluSlope);
  const { dims, strides } = batchOf(ints, rank);
  const body = [
    `let batch = o / ${m}u; let y = o % ${m}u;`,
    positions('batch', dims),
    `let row = ${offset(strides[0], dims)} + y * ${ldc}u;`,
    `var total = 0.0;
     for (var x = thread; x < ${n}u; x += ${THREADS}u) { total += ${shader.read(0, 'row + x')}; }`,
    fold('total', (a, b) => `${a} + ${b}`),
    `if (thread == 0u) { ${shader.write(operand, `${offset(strides[5], dims)} + y`, 'part[0]')} }`,
  ].join('\n');
  return [product, shader.groups(m * sizeOf(dims), body, { declarations: partDeclaration() })];
}

/** Dimensions of the batch, and the strides of C, A, B, bias, saved and sums along them. */
function batchOf(ints: readonly number[], rank: number) {
  const lists = Array.from({ length: 7 }, (_, i) => ints.slice(13 + rank * i, 13 + rank * (i + 1)));
  const [dims, ...strides] = lists;
  return { dims, strides };
}

function productOf(shader: Shader): Dispatch {
  const { ints, floats } = shader.kernel;
  const [m, n, k, transA, transB, ldc, lda, ldb, activation, bias, ldSaved, , rank] = ints;
  const { dims, strides } = batchOf(ints, rank);
  const { rows, columns, high, wide } = tileFor(m, n);
  const depth = Math.min(DEPTH, k);
  const [down, across] = [Math.ceil(m / rows), Math.ceil(n / columns)];
  const saved = 3 + bias;
  const slope = literal(floats[0]);
  const activated: Record<Activation, string> = {
    [Activation.None]: '',
    [Activation.LeakyRelu]: `v = select(${slope} * v, v, v > 0.0);`,
    [Activation.Tanh]: 'v = hyperbolic_tangent(v);',
    [Activation.LeakyReluSlope]: `v = select(v * ${slope}, v, kept > 0.0);`,
    [Activation.TanhSlope]: 'v = v * (1.0 - kept * kept);',
  };
  const isSlope = activation >= Activation.LeakyReluSlope;
  const each = (count: number, text: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => text(i)).join('\n');
  const finish = (i: number, j: number): string => `{
    let x = column0 + place.x * ${wide}u + ${j}u;
    if (x < ${n}u) {
      var v = c${i}_${j};
      ${bias === 1 ? `v += ${shader.read(3, 'of_bias + y')};` : ''}
      ${isSlope ? `let kept = ${shader.read(saved, `of_saved + y * ${ldSaved}u + x`)};` : ''}
      ${activated[activation as Activation]}
      ${shader.write(0, `of_c + y * ${ldc}u + x`, 'v')}
    }
  }`;
  const body = `let batch = group.y / ${down}u;
    let row0 = (group.y % ${down}u) * ${rows}u;
    let column0 = group.x * ${columns}u;
    ${positions('batch', dims)}
    let of_c = ${offset(strides[0], dims)};
    let of_a = ${offset(strides[1], dims)};
    let of_b = ${offset(strides[2], dims)};
    ${bias === 1 ? `let of_bias = ${offset(strides[3], dims)};` : ''}
    ${isSlope ? `let of_saved = ${offset(strides[4], dims)};` : ''}
    ${each(high, (i) => each(wide, (j) => `var c${i}_${j} = 0.0;`))}
    for (var k0 = 0u; k0 < ${k}u; k0 += ${depth}u) {
      ${stage({ shader, operand: 1, base: 'of_a', into: 'a', across: rows, depth, first: 'row0', size: m, k, ld: lda, alongDepth: transA === 0 })}
      ${stage({ shader, operand: 2, base: 'of_b', into: 'b', across: columns, depth, first: 'column0', size: n, k, ld: ldb, alongDepth: transB === 1 })}
      workgroupBarrier();
      for (var p = 0u; p < ${depth}u; p++) {
        ${each(high, (i) => `let a${i} = a[p * ${rows}u + place.y * ${high}u + ${i}u];`)}
        ${each(wide, (j) => `let b${j} = b[p * ${columns}u + place.x * ${wide}u + ${j}u];`)}
        ${each(high, (i) => each(wide, (j) => `c${i}_${j} = fma(a${i}, b${j}, c${i}_${j});`))}
      }
      workgroupBarrier();
    }
    ${each(high, (i) => `{ let y = row0 + place.y * ${high}u + ${i}u; if (y < ${m}u) { ${each(wide, (j) => finish(i, j))} } }`)}`;
  return shader.dispatch([across, down * sizeOf(dims)], body, {
    threads: `${columns / wide}, ${rows / high}`,
    declarations: `var<workgroup> a: array<f32, ${depth * rows}>; var<workgroup> b: array<f32, ${depth * columns}>;`,
  });
}

function tileFor(m: number, n: number): Tile {
  if (m <= FLAT.rows) return FLAT;
  return n <= NARROW.columns ? NARROW : SQUARE;
}

/**
 * Copies `depth` × `across` elements of a factor into workgroup memory, 0 beyond its end. `alongDepth`: neighbours in
 * memory are neighbours along the sum, and so are neighbouring threads then.
 */
function stage({
  shader,
  operand,
  base,
  into,
  across,
  depth,
  first,
  size,
  k,
  ld,
  alongDepth,
}: {
  readonly shader: Shader;
  readonly operand: number;
  readonly base: string;
  readonly into: string;
  readonly across: number;
  readonly depth: number;
  readonly first: string;
  readonly size: number;
  readonly k: number;
  readonly ld: number;
  readonly alongDepth: boolean;
}): string {
  const [p, other] = alongDepth ? [`i % ${depth}u`, `i / ${depth}u`] : [`i / ${across}u`, `i % ${across}u`];
  const index = alongDepth ? `${base} + x * ${ld}u + z` : `${base} + z * ${ld}u + x`;
  return `for (var i = thread; i < ${depth * across}u; i += ${THREADS}u) {
      let p = ${p};
      let q = ${other};
      let z = k0 + p;
      let x = ${first} + q;
      var value = 0.0;
      if (z < ${k}u && x < ${size}u) { value = ${shader.read(operand, index)}; }
      ${into}[p * ${across}u + q] = value;
    }`;
}
