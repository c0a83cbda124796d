import { randomKernel } from '../../graph/random.js';
import type { Dispatch, Shader } from '../shader.js';

/** random: a thread generates four numbers of one part of the columns from one Philox block. */
export function random(shader: Shader): Dispatch[] {
  const { normal, stream, runs, perRun, perTile, columns, parts } = shader.record(randomKernel);
  const ofPart = Math.ceil(perRun / parts / 4);
  const blocks = parts * ofPart;
  const width = columns / parts;
  const first = perTile ? `tile * ${blocks}u + ` : '';
  const place = parts === 1 ? 'n' : `n / ${width}u * ${columns}u + block / ${ofPart}u * ${width}u + n % ${width}u`;
  const variate = normal ? 'normal_of_word(words[i])' : 'uniform_of_word(words[i])';
  const body = `let block = e % ${blocks}u;
    let r = e / ${blocks}u;
    let key = vec2u(${shader.word(1, '2u * r')}, ${shader.word(1, '2u * r + 1u')});
    let words = philox(vec4u(${first}block, now[0].x, now[0].y, ${stream}u), key);
    for (var i = 0u; i < 4u; i++) {
      let n = block % ${ofPart}u * 4u + i;
      if (n < ${perRun / parts}u) { ${shader.write(0, `r * ${perRun}u + ${place}`, variate)} }
    }`;
  return [shader.elements(runs * blocks, body)];
}
