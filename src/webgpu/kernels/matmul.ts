import { matmulKernel } from '../../compile/kernels.js';
import { literal } from '../arithmetic.js';
import { sizeOf } from '../../graph/shapes.js';
import { offset, partDeclaration, positions, THREADS, type Dispatch, type Shader } from '../shader.js';

/**
 * Rows of C that a thread of the simple kernel computes. Small products have too few threads for this and use one row.
 */
const STRIP = 4;

/**
 * The tile of C that a workgroup of 64 threads computes: `rows` × `columns`, of which each thread computes `high` ×
 * `wide`.
 */
interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly high: number;
  readonly wide: number;
}

const LARGE: Tile = { rows: 32, columns: 32, high: 4, wide: 4 };
const SQUARE: Tile = { rows: 16, columns: 16, high: 2, wide: 2 };
const FLAT: Tile = { rows: 8, columns: 64, high: 2, wide: 4 };
const NARROW: Tile = { rows: 64, columns: 8, high: 4, wide: 2 };
/** Number of columns of A and rows of B that are loaded into workgroup memory together. */
const DEPTH = 16;
/** Products with at most this many multiplications, or with sums at most this long, gain little from shared memory. */
const SMALL = { multiplications: 4096, depth: 4 };

/**
 * Statements that apply an activation to `v`, by the number of the activation. Derivatives use the saved result
 * `saved`.
 */
const ACTIVATIONS: readonly ((slope: string) => string)[] = [
  () => '',
  (slope) => `v = select(${slope} * v, v, v > 0.0);`,
  () => 'v = hyperbolic_tangent(v);',
  (slope) => `v = select(v * ${slope}, v, saved > 0.0);`,
  () => 'v = v * (1.0 - saved * saved);',
];
/** Number of the first activation that is a derivative. */
const FIRST_SLOPE = 3;

/** True if an activation is a derivative. */
export const isSlope = (activation: number): boolean => activation >= FIRST_SLOPE;

/** Returns statements that apply an activation to `v`. */
export const activated = (activation: number, slope: number): string => ACTIVATIONS[activation](literal(slope));

/** C = act(op(A) · op(B) + bias), or act'(saved) ⊙ (op(A) · op(B)); then, if requested, the sums of the rows of C. */
export function matmul(shader: Shader): Dispatch[] {
  const record = shader.record(matmulKernel);
  const { m, n, k, ldc, dims, activation } = record;
  const isSmall = k <= SMALL.depth || m * n * k <= SMALL.multiplications;
  const product = isSmall || shader.target.isSoftware ? simpleProduct(shader) : tiledProduct(shader);
  if (!record.hasSums) return [product];
  const operand = 3 + Number(record.hasBias) + Number(isSlope(activation));
  const body = [
    `let batch = o / ${m}u; let y = o % ${m}u;`,
    positions('batch', dims),
    `let row = ${offset(record.cStrides, dims)} + y * ${ldc}u;`,
    `var total = 0.0;
     for (var x = thread; x < ${n}u; x += ${THREADS}u) { total += ${shader.read(0, 'row + x')}; }`,
    shader.fold('total', (a, b) => `${a} + ${b}`),
    `if (thread == 0u) { ${shader.write(operand, `${offset(record.sumsStrides, dims)} + y`, 'part[0]')} }`,
  ].join('\n');
  return [product, shader.groups(m * sizeOf(dims), body, { declarations: partDeclaration() })];
}

/** Returns the parts of the kernel's text, except the multiplication. */
function parts(shader: Shader) {
  const record = shader.record(matmulKernel);
  const { m, n, k, transA, transB, ldc, lda, ldb, dims, activation, hasBias, ldSaved, slope } = record;
  return {
    m,
    n,
    k,
    dims,
    a: { operand: 1, base: 'of_a', first: 'row0', size: m, ld: lda, inDepth: !transA },
    b: { operand: 2, base: 'of_b', first: 'column0', size: n, ld: ldb, inDepth: transB },
    /** Statements that compute the beginnings of the operands for `batch`. */
    beginnings: [
      positions('batch', dims),
      `let of_c = ${offset(record.cStrides, dims)};`,
      `let of_a = ${offset(record.aStrides, dims)};`,
      `let of_b = ${offset(record.bStrides, dims)};`,
      hasBias ? `let of_bias = ${offset(record.biasStrides, dims)};` : '',
      isSlope(activation) ? `let of_saved = ${offset(record.savedStrides, dims)};` : '',
    ].join('\n'),
    /** Statements that turn the sum `v` into the result of row `y` and column `x`, and write it. */
    finish: [
      hasBias ? `v += ${shader.read(3, 'of_bias + y')};` : '',
      isSlope(activation) ? `let saved = ${shader.read(3 + Number(hasBias), `of_saved + y * ${ldSaved}u + x`)};` : '',
      activated(activation, slope),
      shader.write(0, `of_c + y * ${ldc}u + x`, 'v'),
    ].join('\n'),
  };
}

/** Returns the text that reads a factor's element at `z` along the sum and row or column `x`. */
function elementOf(shader: Shader, { operand, base, ld, inDepth }: Factor, z: string, x: string): string {
  return shader.read(operand, inDepth ? `${base} + ${x} * ${ld}u + ${z}` : `${base} + ${z} * ${ld}u + ${x}`);
}

/** Returns a dispatch with one thread per strip of a column of C. */
function simpleProduct(shader: Shader): Dispatch {
  const { m, n, k, dims, a, b, beginnings, finish } = parts(shader);
  const high = m * n * k <= SMALL.multiplications ? 1 : Math.min(STRIP, m);
  const strips = Math.ceil(m / high);
  const rows = Array.from({ length: high }, (_, i) => i);
  // The last strip may be shorter. Its threads compute the last row several times and write it once.
  const rowOf = (i: number): string =>
    m % high === 0 ? `y0 + ${i}u` : `select(${m - 1}u, y0 + ${i}u, y0 + ${i}u < ${m}u)`;
  const body = `let x = e % ${n}u;
    let y0 = ((e / ${n}u) % ${strips}u) * ${high}u;
    let batch = e / ${strips * n}u;
    ${beginnings}
    ${rows.map((i) => `let y${i + 1} = ${rowOf(i)}; var c${i} = 0.0;`).join('\n')}
    for (var z = 0u; z < ${shader.times(k)}; z++) {
      let factor = ${elementOf(shader, b, 'z', 'x')};
      ${rows.map((i) => `c${i} = fma(${elementOf(shader, a, 'z', `(y${i + 1})`)}, factor, c${i});`).join('\n')}
    }
    ${rows.map((i) => `if (y0 + ${i}u < ${m}u) { let y = y0 + ${i}u; var v = c${i};\n${finish} }`).join('\n')}`;
  return shader.elements(strips * n * sizeOf(dims), body);
}

/** Returns a dispatch with one workgroup per tile of C. */
function tiledProduct(shader: Shader): Dispatch {
  const { m, n, k, dims, a, b, beginnings, finish } = parts(shader);
  const { rows, columns, high, wide } = tileFor(m, n);
  const depth = Math.min(DEPTH, k);
  const [down, across] = [Math.ceil(m / rows), Math.ceil(n / columns)];
  const each = (count: number, text: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => text(i)).join('\n');
  const body = `let batch = group.y / ${down}u;
    let row0 = (group.y % ${down}u) * ${rows}u;
    let column0 = group.x * ${columns}u;
    ${beginnings}
    var c: array<f32, ${high * wide}>;
    for (var k0 = 0u; k0 < ${k}u; k0 += ${depth}u) {
      ${stage(shader, a, 'a', { along: rows, depth, k })}
      ${stage(shader, b, 'b', { along: columns, depth, k })}
      workgroupBarrier();
      for (var p = 0u; p < ${depth}u; p++) {
        ${each(high, (i) => `let a${i} = a[p * ${rows}u + place.y * ${high}u + ${i}u];`)}
        ${each(wide, (j) => `let b${j} = b[p * ${columns}u + place.x * ${wide}u + ${j}u];`)}
        ${each(high, (i) => each(wide, (j) => `c[${i * wide + j}] = fma(a${i}, b${j}, c[${i * wide + j}]);`))}
      }
      workgroupBarrier();
    }
    for (var i = 0u; i < ${high}u; i++) {
      let y = row0 + place.y * ${high}u + i;
      for (var j = 0u; j < ${wide}u; j++) {
        let x = column0 + place.x * ${wide}u + j;
        if (y >= ${m}u || x >= ${n}u) { continue; }
        var v = c[i * ${wide}u + j];
        ${finish}
      }
    }`;
  return shader.dispatch([across, down * sizeOf(dims)], body, {
    threads: `${columns / wide}, ${rows / high}`,
    declarations: `var<workgroup> a: array<f32, ${depth * rows}>; var<workgroup> b: array<f32, ${depth * columns}>;`,
  });
}

function tileFor(m: number, n: number): Tile {
  if (m <= FLAT.rows) return FLAT;
  if (n <= NARROW.columns) return NARROW;
  return m <= SQUARE.rows && n <= SQUARE.columns ? SQUARE : LARGE;
}

/** A factor of a product, of `size` rows (A) or columns (B). */
interface Factor {
  readonly operand: number;
  /** Text of its first element. */
  readonly base: string;
  /** Text of the first row or column of a tile. */
  readonly first: string;
  readonly size: number;
  readonly ld: number;
  /** True if elements are contiguous along the sum. Neighbouring threads then read along the sum. */
  readonly inDepth: boolean;
}

/** Returns statements that copy a factor's next `depth` × `along` elements to workgroup memory, with 0 past its end. */
function stage(
  shader: Shader,
  factor: Factor,
  into: string,
  { along, depth, k }: { readonly along: number; readonly depth: number; readonly k: number },
): string {
  const [p, q] = factor.inDepth ? [`i % ${depth}u`, `i / ${depth}u`] : [`i / ${along}u`, `i % ${along}u`];
  return `for (var i = thread; i < ${depth * along}u; i += ${THREADS}u) {
      let p = ${p};
      let q = ${q};
      let z = k0 + p;
      let x = ${factor.first} + q;
      var value = 0.0;
      if (z < ${k}u && x < ${factor.size}u) { value = ${elementOf(shader, factor, 'z', 'x')}; }
      ${into}[p * ${along}u + q] = value;
    }`;
}
