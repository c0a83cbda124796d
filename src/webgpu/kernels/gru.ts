import type { Dispatch, Shader } from '../shader.js';
import { recurrence, rows } from './recurrence.js';

const GATES = 3;
const SAVED = 5;
const SLOPES = 4;

/** gru: two rows of workgroup memory hold h of the previous and of this time in alternation. */
export function gru(shader: Shader): Dispatch[] {
  return recurrence(
    shader,
    { out: SAVED, first: GATES, biases: 1, gates: GATES, local: 2 },
    ({ units, allUnits, local, localAt, read, write, weight, each }) =>
      each(
        `let h_before = select(${local(0)}, ${local(1)}, n % 2u == 1u);
         var h_after = h_before;
         if (counts) {
           ${rows(GATES, (k) => `var sum${k} = ${weight(`${k}u`, 'unit', `${units}u`)};`)}
           for (var j = 0u; j < ${allUnits}; j++) {
             let state = ${localAt('n % 2u', 'j')};
             ${rows(GATES, (k) => `sum${k} = fma(${weight(`${k}u`, 'unit', 'j')}, state, sum${k});`)}
           }
           let r = sigmoid(${read(1, 0)} + sum0);
           let z = sigmoid(${read(1, 1)} + sum1);
           let candidate = hyperbolic_tangent(${read(1, 2)} + r * sum2);
           h_after = (1.0 - z) * candidate + z * h_before;
           ${['h_after', 'r', 'z', 'candidate', 'sum2'].map((value, k) => write(k, value)).join('\n')}
         } else {
           ${['h_before', '0.0', '0.0', '0.0', '0.0'].map((value, k) => write(k, value)).join('\n')}
         }
         if (n % 2u == 1u) { ${local(0)} = h_after; } else { ${local(1)} = h_after; }`,
      ),
  );
}

/** The gradient of gru. Rows of workgroup memory: the derivatives by the products of r, z and n, and by h. */
export function gruGrad(shader: Shader): Dispatch[] {
  const byH = GATES;
  return recurrence(
    shader,
    { out: SLOPES, first: SAVED, biases: 1, gates: GATES, local: GATES + 1 },
    ({ allUnits, local, localAt, read, readBefore, write, weight, each }) =>
      [
        each(
          `let by_h = ${local(byH)} + ${read(3, 0)};
           ${local(byH)} = by_h;
           if (!counts) {
             ${rows(SLOPES, (k) => write(k, '0.0'))}
             continue;
           }
           var h_before = 0.0;
           if (i > 0u) { h_before = ${readBefore(1, 0)}; }
           let r = ${read(1, 1)};
           let z = ${read(1, 2)};
           let candidate = ${read(1, 3)};
           let of_n = by_h * (1.0 - z) * (1.0 - candidate * candidate);
           let of_r = of_n * ${read(1, 4)} * r * (1.0 - r);
           let of_z = by_h * (h_before - candidate) * z * (1.0 - z);
           ${['of_r', 'of_z', 'of_n', 'of_n * r'].map((value, k) => write(k, value)).join('\n')}
           ${['of_r', 'of_z', 'of_n * r'].map((value, k) => `${local(k)} = ${value};`).join('\n')}
           ${local(byH)} = by_h * z;`,
        ),
        'workgroupBarrier();',
        each(
          `if (!counts) { continue; }
           var sum = 0.0;
           for (var k = 0u; k < ${shader.times(GATES)}; k++) {
             for (var j = 0u; j < ${allUnits}; j++) {
               sum = fma(${weight('k', 'j', 'unit')}, ${localAt('k', 'j')}, sum);
             }
           }
           ${local(byH)} += sum;`,
        ),
      ].join('\n'),
  );
}
