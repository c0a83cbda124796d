import type { Dispatch, Shader } from '../shader.js';
import { recurrence, rows } from './recurrence.js';

const GATES = 4;
const SAVED = 6;

/** lstm: two rows of workgroup memory hold h of the previous and of this time in alternation. */
export function lstm(shader: Shader): Dispatch[] {
  return recurrence(
    shader,
    { out: SAVED, first: GATES, biases: 0, gates: GATES, local: 2 },
    ({ allUnits, local, localAt, read, readBefore, write, weight, each }) =>
      each(
        `let h_before = select(${local(0)}, ${local(1)}, n % 2u == 1u);
         var c_before = 0.0;
         if (i > 0u) { c_before = ${readBefore(0, 1)}; }
         var h_after = h_before;
         if (counts) {
           ${rows(GATES, (k) => `var sum${k} = 0.0;`)}
           for (var j = 0u; j < ${allUnits}; j++) {
             let state = ${localAt('n % 2u', 'j')};
             ${rows(GATES, (k) => `sum${k} = fma(${weight(`${k}u`, 'unit', 'j')}, state, sum${k});`)}
           }
           ${rows(GATES, (k) => `sum${k} += ${read(1, k)};`)}
           let input = sigmoid(sum0);
           let forget = sigmoid(sum1);
           let cell = hyperbolic_tangent(sum2);
           let output = sigmoid(sum3);
           let c = forget * c_before + input * cell;
           h_after = output * hyperbolic_tangent(c);
           ${['h_after', 'c', 'input', 'forget', 'cell', 'output'].map((value, k) => write(k, value)).join('\n')}
         } else {
           ${['h_before', 'c_before', '0.0', '0.0', '0.0', '0.0'].map((value, k) => write(k, value)).join('\n')}
         }
         if (n % 2u == 1u) { ${local(0)} = h_after; } else { ${local(1)} = h_after; }`,
      ),
  );
}

/** The gradient of lstm. Rows of workgroup memory: the derivatives by the gates, by h and by c. */
export function lstmGrad(shader: Shader): Dispatch[] {
  const [byH, byC] = [GATES, GATES + 1];
  return recurrence(
    shader,
    { out: GATES, first: SAVED, biases: 0, gates: GATES, local: GATES + 2 },
    ({ allUnits, local, localAt, read, readBefore, write, weight, each }) =>
      [
        each(
          `let by_h = ${local(byH)} + ${read(3, 0)};
           ${local(byH)} = by_h;
           if (!counts) {
             ${rows(GATES, (k) => write(k, '0.0'))}
             continue;
           }
           var c_before = 0.0;
           if (i > 0u) { c_before = ${readBefore(1, 1)}; }
           let input = ${read(1, 2)};
           let forget = ${read(1, 3)};
           let cell = ${read(1, 4)};
           let output = ${read(1, 5)};
           let squashed = hyperbolic_tangent(${read(1, 1)});
           let by_c = ${local(byC)} + by_h * output * (1.0 - squashed * squashed);
           let slope0 = by_c * cell * input * (1.0 - input);
           let slope1 = by_c * c_before * forget * (1.0 - forget);
           let slope2 = by_c * input * (1.0 - cell * cell);
           let slope3 = by_h * squashed * output * (1.0 - output);
           ${rows(GATES, (k) => `${write(k, `slope${k}`)} ${local(k)} = slope${k};`)}
           ${local(byC)} = by_c * forget;`,
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
           ${local(byH)} = sum;`,
        ),
      ].join('\n'),
  );
}
