// The only primitives of oneDNN that the engine uses: float32 matrix products,
// in the order that oneDNN prefers. Replaces the lists of all primitives
// (cpu/cpu_*_list.cpp, cpu/matmul/cpu_matmul_list.cpp, cpu/reorder).
#include "cpu/cpu_engine.hpp"
#include "cpu/matmul/gemm_f32_matmul.hpp"
#include "cpu/matmul/ref_matmul.hpp"
#if DNNL_X64
#include "cpu/x64/matmul/brgemm_matmul.hpp"
#elif DNNL_AARCH64
#include "cpu/aarch64/matmul/brgemm_matmul.hpp"
#endif

namespace dnnl::impl::cpu {
namespace {

template <class Implementation>
using Entry =
    impl_list_item_t::type_deduction_helper_t<typename Implementation::pd_t>;

const impl_list_item_t products[] = {
#if DNNL_X64
    impl_list_item_t(Entry<x64::matmul::brgemm_matmul_t<x64::avx512_core>>()),
    impl_list_item_t(Entry<matmul::gemm_f32_matmul_t>()),
    impl_list_item_t(Entry<x64::matmul::brgemm_matmul_t<x64::avx2>>()),
#else
#if DNNL_AARCH64
    impl_list_item_t(
        Entry<aarch64::matmul::brgemm_matmul_t<aarch64::sve_512>>()),
    impl_list_item_t(
        Entry<aarch64::matmul::brgemm_matmul_t<aarch64::sve_256>>()),
#endif
    impl_list_item_t(Entry<matmul::gemm_f32_matmul_t>()),
#endif
    impl_list_item_t(Entry<matmul::ref_matmul_t>()),
    nullptr,
};

const impl_list_item_t nothing[] = {nullptr};

}  // namespace

const impl_list_item_t* get_matmul_impl_list(const matmul_desc_t*) {
  return products;
}

#define IL_NONE(primitive)                             \
  const impl_list_item_t* get_##primitive##_impl_list( \
      const primitive##_desc_t*) {                     \
    return nothing;                                    \
  }
IL_NONE(batch_normalization)
IL_NONE(binary)
IL_NONE(convolution)
IL_NONE(deconvolution)
IL_NONE(eltwise)
IL_NONE(group_normalization)
IL_NONE(inner_product)
IL_NONE(layer_normalization)
IL_NONE(lrn)
IL_NONE(pooling)
IL_NONE(prelu)
IL_NONE(reduction)
IL_NONE(resampling)
IL_NONE(rnn)
IL_NONE(shuffle)
IL_NONE(softmax)

const impl_list_item_t*
cpu_engine_impl_list_t::get_concat_implementation_list() {
  return nothing;
}
const impl_list_item_t* cpu_engine_impl_list_t::get_reorder_implementation_list(
    const memory_desc_t*, const memory_desc_t*) {
  return nothing;
}
const impl_list_item_t* cpu_engine_impl_list_t::get_sum_implementation_list() {
  return nothing;
}

}  // namespace dnnl::impl::cpu
