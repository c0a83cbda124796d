import type { Dispatch, Shader } from '../shader.js';

/** A thread makes four numbers from one block of Philox. */
export function random(shader: Shader): Dispatch[] {
  const [kind, stream, runs, perRun, perTile] = shader.kernel.ints;
  const blocks = Math.ceil(perRun / 4);
  const first = perTile === 1 ? `tile * ${blocks}u + ` : '';
  const variate = kind === 1 ? 'normal_of_word(words[i])' : 'uniform_of_word(words[i])';
  const body = `let block = e % ${blocks}u;
    let r = e / ${blocks}u;
    let key = vec2u(${shader.word(1, '2u * r')}, ${shader.word(1, '2u * r + 1u')});
    let words = philox(vec4u(${first}block, now[0].x, now[0].y, ${stream}u), key);
    for (var i = 0u; i < 4u; i++) {
      let n = block * 4u + i;
      if (n < ${perRun}u) { ${shader.write(0, `r * ${perRun}u + n`, variate)} }
    }`;
  return [shader.elements(runs * blocks, body)];
}
