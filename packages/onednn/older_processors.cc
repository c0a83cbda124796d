// Stubs of kernels that oneDNN generates on processors without AVX2, where the
// engine refuses to run. They are never created. Their real sources would take
// a third of the time to compile oneDNN.
#include "cpu/platform.hpp"

#if DNNL_X64
#include "cpu/x64/gemm/f32/common_f32.hpp"

namespace dnnl::impl::cpu::x64 {

#define IL_NEVER_CREATED(kernel)               \
  kernel::kernel() : jit_generator(#kernel) {} \
  void kernel::generate() {}

IL_NEVER_CREATED(jit_avx_f32_copy_an_kern)
IL_NEVER_CREATED(jit_avx_f32_copy_at_kern)
IL_NEVER_CREATED(jit_avx_f32_copy_bn_kern)
IL_NEVER_CREATED(jit_avx_f32_copy_bt_kern)
IL_NEVER_CREATED(jit_avx_kernel_b0_sgemm_kern)
IL_NEVER_CREATED(jit_avx_kernel_sgemm_kern)
IL_NEVER_CREATED(jit_sse41_f32_copy_an_kern)
IL_NEVER_CREATED(jit_sse41_f32_copy_at_kern)
IL_NEVER_CREATED(jit_sse41_f32_copy_bn_kern)
IL_NEVER_CREATED(jit_sse41_f32_copy_bt_kern)
IL_NEVER_CREATED(jit_sse41_kernel_b0_sgemm_kern)
IL_NEVER_CREATED(jit_sse41_kernel_sgemm_kern)

}  // namespace dnnl::impl::cpu::x64
#endif
