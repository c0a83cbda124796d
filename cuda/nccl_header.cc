// Compares the declarations in cuda/nccl.h with NVIDIA's header if it is
// installed: constants, and the size of each parameter.
#include "cuda/nccl.h"

#if !defined(INTERLATENT_CUDA_EMULATED) && __has_include(<nccl.h>)

#include <nccl.h>

#include <array>

namespace interlatent::cuda::nccl {
namespace {

static_assert(sizeof(Result) == sizeof(ncclResult_t));
static_assert(ncclSuccess == 0);
static_assert(kUnhandledCudaError == ncclUnhandledCudaError);
static_assert(kRemoteError == ncclRemoteError);
static_assert(kInProgress == ncclInProgress);
static_assert(kByte == ncclUint8);
static_assert(sizeof kByte == sizeof(ncclDataType_t));
static_assert(sizeof(Id) == sizeof(ncclUniqueId));
static_assert(alignof(Id) == alignof(ncclUniqueId));

template <class Answer, class... Parameters>
constexpr std::array<size_t, sizeof...(Parameters) + 1> sizes(
    Answer (*)(Parameters...)) {
  return {sizeof(Answer), sizeof(Parameters)...};
}
template <auto kMember, auto kFunction>
constexpr bool has_same_sizes() {
  return sizes(Functions{}.*kMember) == sizes(kFunction);
}

static_assert(has_same_sizes<&Functions::make_id, &ncclGetUniqueId>());
static_assert(has_same_sizes<&Functions::join, &ncclCommInitRank>());
static_assert(has_same_sizes<&Functions::destroy, &ncclCommDestroy>());
static_assert(has_same_sizes<&Functions::abort, &ncclCommAbort>());
static_assert(has_same_sizes<&Functions::find_error, &ncclCommGetAsyncError>());
static_assert(has_same_sizes<&Functions::begin_group, &ncclGroupStart>());
static_assert(has_same_sizes<&Functions::end_group, &ncclGroupEnd>());
static_assert(has_same_sizes<&Functions::broadcast, &ncclBroadcast>());

}  // namespace
}  // namespace interlatent::cuda::nccl

#endif
