// Determinants and inverses of many small matrices. Up to 3 × 3 a thread computes a matrix by cofactors. For larger
// matrices several threads share one and use elimination with partial pivoting in workgroup memory (Golub & Van Loan,
// Matrix Computations, 3.4).

import { logAbsDetKernel } from '../../graph/determinant.js';
import { literal } from '../arithmetic.js';
import { THREADS, type Dispatch, type Shader } from '../shader.js';

type Result = 'logAbs' | 'slope' | 'sign';

export const logAbsDet = (shader: Shader): Dispatch[] => determinant(shader, 'logAbs');
export const logAbsDetGrad = (shader: Shader): Dispatch[] => determinant(shader, 'slope');
export const detSign = (shader: Shader): Dispatch[] => determinant(shader, 'sign');

function determinant(shader: Shader, result: Result): Dispatch[] {
  return [shader.record(logAbsDetKernel).d <= 3 ? byCofactors(shader, result) : byElimination(shader, result)];
}

/**
 * Statements that compute the determinant and the cofactors, row by row, from the elements `a0`, `a1`, …. The index is
 * d - 1.
 */
const COFACTORS: readonly string[] = [
  'let det = a0; let c0 = 1.0;',
  'let det = difference_of_products(a0, a3, a1, a2); let c0 = a3; let c1 = -a2; let c2 = -a1; let c3 = a0;',
  `let x = vec3f(a0, a1, a2); let y = vec3f(a3, a4, a5); let z = vec3f(a6, a7, a8);
   let yz = cross_product(y, z); let zx = cross_product(z, x); let xy = cross_product(x, y);
   let det = fma(x.x, yz.x, fma(x.y, yz.y, x.z * yz.z));
   let c0 = yz.x; let c1 = yz.y; let c2 = yz.z;
   let c3 = zx.x; let c4 = zx.y; let c5 = zx.z;
   let c6 = xy.x; let c7 = xy.y; let c8 = xy.z;`,
];

/** The sign has no floor. */
const floorOf = ({ kernel }: Shader): string => literal(kernel.floats[0] ?? 0);

function byCofactors(shader: Shader, result: Result): Dispatch {
  const { groups, d, batch } = shader.record(logAbsDetKernel);
  const floor = floorOf(shader);
  const each = (text: (element: number) => string): string =>
    Array.from({ length: d * d }, (_, i) => text(i)).join('\n');
  const at = (element: number): string => `first + ${element * batch}u`;
  const written: Record<Result, string> = {
    logAbs: shader.write(0, 'e', `floored_log(log_det, ${floor})`),
    sign: shader.write(0, 'e', 'select(not_a_number(), sign_of(det), is_finite(det))'),
    slope: `let upstream = ${result === 'slope' ? shader.read(2, 'e') : ''};
      let at_floor = with_sign(exponential(-${floor}), det);
      let factor = nan_or(det, select(1.0 / det, at_floor, log_det < ${floor}));
      ${each((i) => shader.write(0, at(i), `bounded_slope(c${i} * factor, log_det) * upstream`))}`,
  };
  const body = `let first = e / ${batch}u * ${d * d * batch}u + e % ${batch}u;
    ${each((i) => `let a${i} = ${shader.read(1, at(i))};`)}
    ${COFACTORS[d - 1]}
    let log_det = logarithm(abs(det));
    ${written[result]}`;
  return shader.elements(groups * batch, body);
}

/** Maximum number of matrices per workgroup. They are neighbours in the batch, and therefore in memory. */
const MAX_MATRICES = 8;
/** Target size of workgroup memory in bytes. It is small, so that several workgroups share a multiprocessor. */
const ROOM = 2 ** 14;

function byElimination(shader: Shader, result: Result): Dispatch {
  const { groups, d, batch } = shader.record(logAbsDetKernel);
  const floor = floorOf(shader);
  // An odd row length spreads columns over the banks of the memory.
  const row = d % 2 === 0 ? d + 1 : d;
  const bytes = 4 * (d * row + d + 1);
  const max = shader.target.limits.maxComputeWorkgroupStorageSize;
  if (bytes > max) throw shader.refusal(`needs ${bytes} bytes of workgroup memory, and the device has ${max}`);
  let matrices = MAX_MATRICES;
  while (matrices > 1 && matrices * bytes > ROOM) matrices /= 2;
  const lanes = THREADS / matrices;
  const count = groups * batch;
  const place = `let index = o * ${matrices}u + t % ${matrices}u;
    let element = t / ${matrices}u;
    if (index >= ${count}u) { continue; }
    let at = index / ${batch}u * ${d * d * batch}u + index % ${batch}u + element * ${batch}u;`;
  const elements = (body: string): string =>
    `for (var t = thread; t < ${matrices * d * d}u; t += ${THREADS}u) { ${place} ${body} }`;
  const entry = (i: string, j: string, matrix = 'matrix'): string => `a[(${matrix} * ${d}u + ${i}) * ${row}u + ${j}]`;
  const onFirstLane = (body: string): string =>
    `let index = o * ${matrices}u + matrix;
     if (lane == 0u && index < ${count}u) { ${body} }`;
  const written: Record<Result, () => string> = {
    logAbs: () => onFirstLane(shader.write(0, 'index', `floored_log(log_of_product(product), ${floor})`)),
    sign: () => onFirstLane(shader.write(0, 'index', 'sign_of_product(product)')),
    slope: () =>
      `if (lane == 0u) { log_dets[matrix] = log_of_product(product); }
       workgroupBarrier();
       ${elements(
         `let log_det = log_dets[t % ${matrices}u];
          let inverse = ${entry(`element % ${d}u`, `element / ${d}u`, `(t % ${matrices}u)`)};
          let slope = inverse * floored_log_slope(log_det, ${floor});
          ${shader.write(0, 'at', `bounded_slope(slope, log_det) * ${shader.read(2, 'index')}`)}`,
       )}`,
  };
  const body = `let matrix = thread / ${lanes}u;
    let lane = thread % ${lanes}u;
    ${elements(`${entry(`element / ${d}u`, `element % ${d}u`, `(t % ${matrices}u)`)} = ${shader.read(1, 'at')};`)}
    workgroupBarrier();
    var product = PivotProduct(1.0, 0, false, false);
    for (var k = 0u; k < ${d}u; k++) {
      ${pivot(entry, d)}
      workgroupBarrier();
      ${result === 'slope' ? invert(entry, d, lanes) : eliminate(entry, d, lanes)}
      workgroupBarrier();
    }
    ${result === 'slope' ? restoreColumns(entry, d, lanes) : ''}
    ${written[result]()}`;
  const declarations = `var<workgroup> a: array<f32, ${matrices * d * row}>;
    var<workgroup> partners: array<u32, ${matrices * d}>;
    var<workgroup> log_dets: array<f32, ${matrices}>;`;
  return shader.groups(Math.ceil(count / matrices), body, { declarations });
}

type Entry = (i: string, j: string) => string;

/**
 * Statements that find the first row from k on with the largest absolute element of column k, or row k if its element
 * is NaN. Every thread executes the search.
 */
const pivot = (entry: Entry, d: number): string =>
  `var partner = k;
   var largest = abs(${entry('k', 'k')});
   for (var i = k + 1u; i < ${d}u; i++) {
     let size = abs(${entry('i', 'k')});
     if (size > largest && !is_nan(size) && !is_nan(largest)) { largest = size; partner = i; }
   }
   let pivot = ${entry('partner', 'k')};
   let inverse = 1.0 / safe_pivot(pivot);
   product = with_pivot(product, pivot, partner != k);`;

/** Statements of one elimination step, which leaves the upper triangle. */
const eliminate = (entry: Entry, d: number, lanes: number): string =>
  `for (var j = k + lane; partner != k && j < ${d}u; j += ${lanes}u) {
     let saved = ${entry('k', 'j')};
     ${entry('k', 'j')} = ${entry('partner', 'j')};
     ${entry('partner', 'j')} = saved;
   }
   workgroupBarrier();
   for (var i = k + 1u + lane; i < ${d}u; i += ${lanes}u) {
     let factor = ${entry('i', 'k')} * inverse;
     for (var j = k + 1u; j < ${d}u; j++) { ${entry('i', 'j')} -= factor * ${entry('k', 'j')}; }
   }`;

/** Statements of one Gauss-Jordan step, which leaves the inverse except for the order of its columns. */
const invert = (entry: Entry, d: number, lanes: number): string =>
  `if (lane == 0u) { partners[matrix * ${d}u + k] = partner; }
   for (var j = lane; j < ${d}u; j += ${lanes}u) {
     let saved = ${entry('k', 'j')};
     let start = select(${entry('partner', 'j')}, 1.0, j == k);
     ${entry('partner', 'j')} = saved;
     ${entry('k', 'j')} = start * inverse;
   }
   workgroupBarrier();
   for (var i = lane; i < ${d}u; i += ${lanes}u) {
     if (i == k) { continue; }
     let factor = ${entry('i', 'k')};
     for (var j = 0u; j < ${d}u; j++) {
       let start = select(${entry('i', 'j')}, 0.0, j == k);
       ${entry('i', 'j')} = start - factor * ${entry('k', 'j')};
     }
   }`;

/** Statements that undo the exchanges of rows, the last one first. Each thread handles whole rows. */
const restoreColumns = (entry: Entry, d: number, lanes: number): string =>
  `for (var n = ${d}u; n > 0u; n--) {
     let k = n - 1u;
     let partner = partners[matrix * ${d}u + k];
     for (var i = lane; i < ${d}u; i += ${lanes}u) {
       let saved = ${entry('i', 'k')};
       ${entry('i', 'k')} = ${entry('i', 'partner')};
       ${entry('i', 'partner')} = saved;
     }
   }
   workgroupBarrier();`;
