import type { DataType } from '../../graph/data-type.js';
import { gatherKernel } from '../../graph/gather.js';
import { literal } from '../arithmetic.js';
import { STATE, type Dispatch, type Shader } from '../shader.js';

/** Text of a value of the data set, by type. Small types share an element. */
const VALUES: Readonly<Record<DataType, (element: (index: string) => string) => string>> = {
  float32: (element) => `bitcast<f32>(${element('at')})`,
  int32: (element) => `f32(bitcast<i32>(${element('at')}))`,
  uint8: (element) => `f32((${element('at / 4u')} >> (8u * (at % 4u))) & 0xffu)`,
  int16: (element) => `f32(bitcast<i32>(${element('at / 2u')} << (16u - 16u * (at % 2u))) >> 16u)`,
};

/** gather: a thread copies one value. Neighbouring threads are neighbours in the batch. */
export function gather(shader: Shader): Dispatch[] {
  const { operands } = shader.kernel;
  const { features, batch, batches, rows, runs, tiles, scales: numbers } = shader.record(gatherKernel);
  const [place] = shader.perStep(1, (step) => [(step % (batches / tiles)) * tiles]);
  const channels = numbers.length / 2;
  const scales = Array.from({ length: channels }, (_, i) => [numbers[i], 1 / numbers[channels + i]]);
  const [means, inverses] = [0, 1].map((which) => scales.map((scale) => literal(scale[which])).join(', '));
  const body = `let column = e % ${batch}u;
    let feature = (e / ${batch}u) % ${features}u;
    let r = e / ${features * batch}u;
    let row = ${shader.word(2, `(r * ${batches}u + ${place} + tile) * ${batch}u + column`)};
    if (row >= ${rows}u) {
      // Only the first failing step of a submission is recorded. All threads write the same value.
      if (state[${STATE.failedStep}] == 0u) { state[${STATE.failedStep}] = now[0].z + 1u; }
      return;
    }
    let at = row * ${features}u + feature;
    var value = ${VALUES[operands[1].type]((index) => shader.word(1, index))};
    ${
      channels === 0
        ? ''
        : `var means = array<f32, ${channels}>(${means});
           var inverses = array<f32, ${channels}>(${inverses});
           let channel = feature / ${features / channels}u;
           value = (value - means[channel]) * inverses[channel];`
    }
    ${shader.write(0, 'e', 'value')}`;
  return [shader.elements(runs * features * batch, body)];
}
