// The conditional mixture flow. A thread computes one column of one group and loops over the components. It recomputes
// their terms in every pass instead of storing them (cuda/kernels/mixture.cu).

import { mixtureNumbers } from '../../graph/mixture.js';
import { literal } from '../arithmetic.js';
import { HALF_LOG_2_PI } from '../coefficients.js';
import type { Dispatch, Shader } from '../shader.js';

/** Text building blocks of a column. Rows are a batch apart. */
interface Column {
  readonly components: number;
  readonly logit: string;
  readonly component: string;
  readonly upstream: () => string;
  readonly direction: () => string;
  /** Statements that write the derivative by z or the single result, and the derivatives by theta. */
  readonly result: (value: string) => string;
  readonly rows: (logit: string, mean: string, logScale: string) => string;
}

type Rows = 'one' | 'all';

function columns(
  shader: Shader,
  { out, upstream = out }: { out: Rows; upstream?: Rows },
  body: (column: Column) => string,
): Dispatch[] {
  const { groups, components, batch, logScaleMin, logScaleMax } = shader.record(mixtureNumbers);
  const [low, high] = [logScaleMin, logScaleMax].map(literal);
  const all = 1 + 3 * components;
  const row = (operand: number, first: number, k = ''): string =>
    shader.read(operand, `of_${operand} + ${k === '' ? '' : `${k} * ${batch}u + `}${first * batch}u`);
  const begin = (operand: number, rows: number): string =>
    `let of_${operand} = group_of_e * ${rows * batch}u + column;`;
  const write = (first: number, value: string): string =>
    shader.write(0, `of_0 + k * ${batch}u + ${first * batch}u`, value);
  const ofRows = { one: 1, all };
  const text = body({
    components,
    logit: row(2, 0, 'k'),
    component: `mixture_component(z, ${row(2, components, 'k')}, ${row(2, 2 * components, 'k')}, ${low}, ${high})`,
    upstream: () => row(3, 0),
    direction: () =>
      `MixtureDirection(${row(3, 0)}, ${[0, 1, 2].map((i) => row(3, 1 + i * components, 'k')).join(', ')})`,
    result: (value) => shader.write(0, 'of_0', value),
    rows: (...values) => values.map((value, i) => write(1 + i * components, value)).join('\n'),
  });
  const main = `let column = e % ${batch}u;
    let group_of_e = e / ${batch}u;
    let z = ${shader.read(1, 'e')};
    ${begin(0, ofRows[out])}
    ${begin(2, all - 1)}
    ${begin(3, ofRows[upstream])}
    ${text}`;
  return [shader.elements(groups * batch, main)];
}

const each = (components: number, body: string): string => `for (var k = 0u; k < ${components}u; k++) { ${body} }`;

/**
 * Returns statements that compute the maximum of `term` over the components, the sum of exponentials, and its
 * reciprocal.
 */
function softmax(name: string, components: number, prepare: string, term: string): string {
  return `var ${name}_largest = -infinity();
    ${each(components, `${prepare} ${name}_largest = larger(${name}_largest, ${term});`)}
    var ${name}_sum = 0.0;
    ${each(components, `${prepare} ${name}_sum += exponential(${term} - ${name}_largest);`)}
    let ${name}_share = 1.0 / ${name}_sum;`;
}

const shareOf = (name: string, term: string): string => `exponential(${term} - ${name}_largest) * ${name}_share`;
const logSum = (name: string): string => `(${name}_largest + logarithm(${name}_sum))`;
const LOG_TERM = 'mixture_log_term(logit, c)';

const logits = ({ components, logit }: Column): string =>
  softmax('weights', components, `let logit = ${logit};`, 'logit');
const component = ({ logit, component: of }: Column): string => `let logit = ${logit}; let c = ${of};`;

export function mixtureLogDensity(shader: Shader): Dispatch[] {
  return columns(shader, { out: 'one' }, (column) =>
    [
      logits(column),
      softmax('terms', column.components, component(column), LOG_TERM),
      column.result(`${logSum('terms')} - ${logSum('weights')} - ${HALF_LOG_2_PI}`),
    ].join('\n'),
  );
}

export function mixtureLogDensityGrad(shader: Shader): Dispatch[] {
  return columns(shader, { out: 'all', upstream: 'one' }, (column) =>
    [
      logits(column),
      softmax('terms', column.components, component(column), LOG_TERM),
      `let upstream = ${column.upstream()};
       var by_z = 0.0;`,
      each(
        column.components,
        `${component(column)}
         let share = upstream * ${shareOf('terms', LOG_TERM)};
         let by_mean = share * c.e * c.s;
         ${column.rows(
           `share - upstream * ${shareOf('weights', 'logit')}`,
           'by_mean',
           'share * (c.e * c.e - 1.0) * c.inside',
         )}
         by_z -= by_mean;`,
      ),
      column.result('by_z'),
    ].join('\n'),
  );
}

/** Returns statements that compute the point of the distribution at z, from both tails. */
const point = (column: Column): string =>
  `${logits(column)}
   var below = 0.0;
   var above = 0.0;
   ${each(column.components, `${weighted(column)} below += weight * n.below; above += weight * n.above;`)}
   let p = mixture_point(below, above);
   let inverse = p.inverse_density;`;

const weighted = (column: Column): string =>
  `${component(column)} let n = normal_point(c.e); let weight = ${shareOf('weights', 'logit')};`;

export function mixtureEpsilon(shader: Shader): Dispatch[] {
  return columns(shader, { out: 'one' }, (column) => `${point(column)}\n${column.result('p.epsilon')}`);
}

export function mixtureSensitivity(shader: Shader): Dispatch[] {
  return columns(shader, { out: 'all' }, (column) =>
    [
      point(column),
      'var by_z = 0.0;',
      each(
        column.components,
        `${weighted(column)}
         let g = mixture_gradient(p, weight, c, n);
         let by_mean = g.mean * inverse;
         ${column.rows('g.logit * inverse', 'by_mean', 'g.log_scale * inverse')}
         by_z -= by_mean;`,
      ),
      column.result('by_z'),
    ].join('\n'),
  );
}

/**
 * With S = grad F / φ(ε): grad (S · u) = (derivative of grad F along u) / φ + S (S · u) ε; `along` is the derivative
 * of F along u.
 */
export function mixtureSensitivityGrad(shader: Shader): Dispatch[] {
  return columns(shader, { out: 'all' }, (column) =>
    [
      point(column),
      `var mean_logit = 0.0;
       var along = 0.0;`,
      each(
        column.components,
        `${weighted(column)}
         let u = ${column.direction()};
         mean_logit += weight * u.logit;
         along += weight * (mixture_excess(p, n) * u.logit + n.density * mixture_error_along(c, u));`,
      ),
      `let bend = along * inverse * p.epsilon;
       var by_z = 0.0;`,
      each(
        column.components,
        `${weighted(column)}
         let u = ${column.direction()};
         let g = mixture_gradient(p, weight, c, n);
         let h = mixture_gradient_along(p, weight, c, n, u, mean_logit, along);
         let by_logit = (h.logit + g.logit * bend) * inverse;
         let by_mean = (h.mean + g.mean * bend) * inverse;
         let by_log_scale = (h.log_scale + g.log_scale * bend) * inverse;
         ${column.rows('by_logit', 'by_mean', 'by_log_scale')}
         by_z -= by_mean;`,
      ),
      column.result('by_z'),
    ].join('\n'),
  );
}
