import { guardKernel } from '../../compile/kernels.js';
import { STATE, THREADS, type Dispatch, type Shader } from '../shader.js';

/** guard: a workgroup searches the guarded tensors of one run for NaN and infinity. */
export function guard(shader: Shader): Dispatch[] {
  const { runs } = shader.record(guardKernel);
  const [, ...tensors] = shader.kernel.operands;
  const searches = tensors.map(({ extent, runStride }, i) => {
    const count = runStride === 0 ? extent : extent - (runs - 1) * runStride;
    return `for (var i = thread; i < ${count}u; i += ${THREADS}u) {
      if (!is_finite(${shader.read(i + 1, `o * ${runStride}u + i`)})) { atomicStore(&bad, 1u); }
    }`;
  });
  const body = `${searches.join('\n')}
    workgroupBarrier();
    if (thread == 0u && atomicLoad(&bad) == 1u && ${shader.read(0, 'o')} != 0.0) {
      ${shader.write(0, 'o', '0.0')}
      state[${STATE.head}u + o] = now[0].z + 1u;
    }`;
  return [shader.groups(runs, body, { declarations: 'var<workgroup> bad: atomic<u32>;' })];
}
