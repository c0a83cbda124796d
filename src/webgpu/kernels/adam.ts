import { adamKernel } from '../../compile/kernels.js';
import { literal } from '../arithmetic.js';
import { STATE, THREADS, type Dispatch, type Shader } from '../shader.js';

/** Elements of a piece. The threads of a workgroup process them in several passes. */
const PIECE = 4 * THREADS;

/** adam: a workgroup updates a piece of one parameter of one run (Kingma & Ba 2015, algorithm 1). */
export function adam(shader: Shader): Dispatch[] {
  const { operands } = shader.kernel;
  const { runs, parts, beta1, beta2, epsilon } = shader.record(adamKernel);
  const pieces: number[][] = [];
  for (let i = 0; i < parts.length; i += 3) {
    const [offset, perRun, rate] = parts.slice(i, i + 3);
    for (let run = 0; run < runs; run++) {
      for (let start = 0; start < perRun; start += PIECE) {
        pieces.push([offset + run * perRun + start, Math.min(PIECE, perRun - start), run, rate]);
      }
    }
  }
  const table = shader.target.table(pieces.flat());
  const word = (i: number): string => shader.tableWord(table, `4u * o + ${i}u`);
  const start = operands[5].offset + operands[5].extent - 1;
  const [rateCorrection, rootCorrection] = shader.perStep(2, (step, controls) => {
    const t = step + 1 - controls[start];
    if (!(t >= 1)) throw shader.failure('out-of-range', step, `the step lies before adamStart, ${controls[start]}`);
    return [1 / (1 - beta1 ** t), 1 / Math.sqrt(1 - beta2 ** t)].map(bitsOf);
  });
  const [ofFirst, ofSecond] = [beta1, beta2].map((beta) => literal(1 - Math.fround(beta)));
  const body = `let first = ${word(0)};
    let count = ${word(1)};
    if (${shader.read(4, word(2))} == 0.0 || state[${STATE.failedStep}] != 0u) { return; }
    let rate = ${shader.read(5, word(3))} * bitcast<f32>(${rateCorrection});
    let second_correction = bitcast<f32>(${rootCorrection});
    for (var i = thread; i < count; i += ${THREADS}u) {
      let at = first + i;
      let gradient = ${shader.read(3, 'at')};
      let m = ${literal(beta1)} * ${shader.read(1, 'at')} + ${ofFirst} * gradient;
      let v = ${literal(beta2)} * ${shader.read(2, 'at')} + ${ofSecond} * gradient * gradient;
      ${shader.write(1, 'at', 'm')}
      ${shader.write(2, 'at', 'v')}
      ${shader.element(0, 'at')} -= rate * m / (sqrt(v) * second_correction + ${literal(epsilon)});
    }`;
  return [shader.groups(pieces.length, body)];
}

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

function bitsOf(value: number): number {
  single[0] = value;
  return bits[0];
}
