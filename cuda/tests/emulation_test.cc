// Tests the emulation with planted faults. It must find each fault, and must
// find nothing in the same kernel without the fault.
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "check.h"
#include "cuda/capture.h"
#include "cuda/emulation/races.h"
#include "cuda/emulation/stream.h"
#include "cuda/last_block.h"
#include "error.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 64;
constexpr unsigned kBlocks = 3;

template <bool kFault>
__global__ void block_barrier_kernel(float* out) {
  IL_SHARED(float[kThreads], values);
  values[threadIdx.x] = static_cast<float>(threadIdx.x);
  if (!kFault) __syncthreads();
  out[threadIdx.x] = values[kThreads - 1 - threadIdx.x];
}

// A shuffle that is mistaken for a barrier.
template <bool kFault>
__global__ void warp_barrier_kernel(float* out) {
  IL_SHARED(float[kThreads], values);
  values[threadIdx.x] = __shfl_sync(~0u, static_cast<float>(threadIdx.x), 0);
  const float other = __shfl_xor_sync(~0u, values[threadIdx.x], 1);
  if (!kFault) __syncwarp();
  out[threadIdx.x] = values[threadIdx.x ^ 1u] + other;
}

// A value that is read and then overwritten by another thread of the warp.
template <bool kFault>
__global__ void overwriting_kernel(float* out) {
  IL_SHARED(float[kThreads], values);
  values[threadIdx.x] = 1;
  __syncthreads();
  const float read = values[threadIdx.x];
  const float other = __shfl_xor_sync(~0u, read, 1);
  if (!kFault) __syncwarp();
  values[threadIdx.x ^ 1u] = other;
  out[threadIdx.x] = read;
}

// Blocks whose pieces overlap in one element.
template <bool kFault>
__global__ void pieces_kernel(float* out) {
  constexpr unsigned piece = kFault ? kThreads - 1 : kThreads;
  out[blockIdx.x * piece + threadIdx.x] = 1;
}

// The last block sums the values that the other blocks wrote. Without a fence,
// these values may become visible after the ticket.
template <bool kFault>
__global__ void last_block_kernel(float* out, float* parts, unsigned* counter) {
  IL_SHARED(unsigned, ticket);
  parts[blockIdx.x * kThreads + threadIdx.x] = 1;
  if (!kFault) {
    if (!is_last_block(counter, gridDim.x)) return;
  } else {
    __syncthreads();
    if (threadIdx.x == 0) ticket = atomicAdd(counter, 1u);
    __syncthreads();
    if (ticket != gridDim.x - 1) return;
  }
  float sum = 0;
  for (unsigned i = 0; i < gridDim.x; i++) {
    sum += __ldcg(parts + i * kThreads + threadIdx.x);
  }
  out[threadIdx.x] = sum;
}

__global__ void copy_kernel(const float* from, float* to) {
  to[threadIdx.x] = from[threadIdx.x];
}

// A kernel that is launched before its dependencies have ended.
template <bool kFault>
__global__ void waiting_kernel(const float* from, float* to) {
  if (!kFault) await_predecessors();
  to[threadIdx.x] = from[threadIdx.x];
}
template <bool kFault>
__global__ void early_kernel(const float* from, float* to) {
  if (!kFault) await_predecessors();
  const float read = from[threadIdx.x];
  if (kFault) await_predecessors();
  to[threadIdx.x] = read;
}
// With the fault, most threads end without waiting for the previous kernel. A
// later kernel depends on that one only through this kernel.
template <bool kFault>
__global__ void leaving_kernel(const float* from, float* to) {
  if (kFault && threadIdx.x > 0) return;
  await_predecessors();
  to[threadIdx.x] = from[threadIdx.x];
}

struct Bench {
  Stream stream = make_stream();
  std::vector<float> out = std::vector<float>(kBlocks * kThreads);
  std::vector<float> parts = out;
  unsigned counter = 0;
};

// Returns the races that are reported while `launch` runs.
std::vector<std::string> races_of(const std::function<void(Bench&)>& launch) {
  std::vector<std::string> races;
  emulation::races::on_race(
      [&](const std::string& text) { races.push_back(text); });
  Bench bench;
  launch(bench);
  check_cuda(cudaStreamSynchronize(bench.stream.get()), "the stream");
  return races;
}

template <class Launch>
void check_fault(const char* name, const Launch& launch) {
  const auto right = races_of(
      [&](Bench& bench) { launch(bench, std::bool_constant<false>()); });
  CHECK_MESSAGE(right.empty(), std::string(name) + ": " +
                                   (right.empty() ? "" : right.front()));
  const auto wrong = races_of(
      [&](Bench& bench) { launch(bench, std::bool_constant<true>()); });
  CHECK_MESSAGE(!wrong.empty(),
                std::string(name) + ": the fault was not found");
}

using CopyKernel = void (*)(const float*, float*);

// Captures a launch that waits for the launches `before`.
void capture_copy(Bench& bench, Capture& capture,
                  const std::vector<size_t>& before, CopyKernel kernel,
                  const float* from, float* to) {
  capture.wait_for(before);
  IL_LAUNCH(kernel, 1, kThreads, 0, bench.stream.get(), from, to);
  capture.launched();
}

// Checks a kernel that needs only an output, with and without its fault.
void check_kernels(const char* name, unsigned blocks, void (*right)(float*),
                   void (*wrong)(float*)) {
  check_fault(name, [=](Bench& bench, auto fault) {
    const auto kernel = fault() ? wrong : right;
    IL_LAUNCH(kernel, blocks, kThreads, 0, bench.stream.get(),
              bench.out.data());
  });
}

void check_planted_faults() {
  check_kernels("a block barrier", 1, block_barrier_kernel<false>,
                block_barrier_kernel<true>);
  check_kernels("a warp barrier", 1, warp_barrier_kernel<false>,
                warp_barrier_kernel<true>);
  check_kernels("a barrier before overwriting", 1, overwriting_kernel<false>,
                overwriting_kernel<true>);
  check_kernels("pieces", kBlocks, pieces_kernel<false>, pieces_kernel<true>);
  check_fault("a fence", [](Bench& bench, auto fault) {
    const auto kernel = last_block_kernel<fault()>;
    IL_LAUNCH(kernel, kBlocks, kThreads, 0, bench.stream.get(),
              bench.out.data(), bench.parts.data(), &bench.counter);
  });
  check_fault("a dependency", [](Bench& bench, auto fault) {
    Capture capture(bench.stream.get());
    const std::vector<size_t> before[] = {
        {}, fault() ? std::vector<size_t>{} : std::vector<size_t>{0}};
    const float* from[] = {bench.out.data(), bench.parts.data()};
    float* to[] = {bench.parts.data(), bench.out.data() + kThreads};
    for (size_t i = 0; i < 2; i++) {
      capture_copy(bench, capture, before[i], copy_kernel, from[i], to[i]);
    }
    const GraphExec graph = capture.finish();
    check_cuda(cudaGraphLaunch(graph.get(), bench.stream.get()), "a graph");
  });
}

// Launches a chain of kernels, each of which may begin before the previous one
// has ended.
void launch_overlapping(Bench& bench, CopyKernel second) {
  Capture capture(bench.stream.get(), Overlap::kProgrammatic);
  float* const parts = bench.parts.data();
  float* const end = bench.out.data() + kThreads;
  capture_copy(bench, capture, {}, waiting_kernel<false>, bench.out.data(),
               parts);
  capture_copy(bench, capture, {0}, second, parts, end);
  capture_copy(bench, capture, {1}, waiting_kernel<false>, end, parts);
  const GraphExec graph = capture.finish();
  check_cuda(cudaGraphLaunch(graph.get(), bench.stream.get()), "a graph");
}

void check_overlapping() {
  check_fault("a wait", [](Bench& bench, auto fault) {
    launch_overlapping(bench, waiting_kernel<fault()>);
  });
  check_fault("a wait before reading", [](Bench& bench, auto fault) {
    launch_overlapping(bench, early_kernel<fault()>);
  });
  check_fault("a wait of all threads", [](Bench& bench, auto fault) {
    launch_overlapping(bench, leaving_kernel<fault()>);
  });
}

// Work begins when the host waits for it.
void check_late_work() {
  Bench bench;
  IL_LAUNCH(pieces_kernel<false>, 1, kThreads, 0, bench.stream.get(),
            bench.out.data());
  const Event event = make_event(cudaEventDisableTiming);
  check_cuda(cudaEventRecord(event.get(), bench.stream.get()), "an event");
  CHECK(bench.out[0] == 0);
  check_cuda(cudaEventSynchronize(event.get()), "an event");
  CHECK(bench.out[0] == 1);
}

std::string code_of(const std::function<void()>& work) {
  try {
    work();
    return "";
  } catch (const Error& error) {
    return error.code();
  }
}

// Invalid launches are errors with the code that a program would report.
void check_refusals() {
  Bench bench;
  const auto launch = [&](dim3 grid, dim3 threads, size_t shared_bytes = 0) {
    return code_of([&] {
      IL_LAUNCH(copy_kernel, grid, threads, shared_bytes, bench.stream.get(),
                bench.out.data(), bench.parts.data());
    });
  };
  CHECK(launch(0, 1) == "device");
  CHECK(launch(1, 0) == "device");
  CHECK(launch(1, 1025) == "device");
  CHECK(launch(dim3(1, 65536), 1) == "device");
  CHECK(launch(1, kThreads).empty());
  constexpr size_t kMore = 96 * 1024;
  CHECK(launch(1, kThreads, kMore) == "device");
  allow_shared(copy_kernel, kMore);
  CHECK(launch(1, kThreads, kMore).empty());
  CHECK(launch(1, kThreads, kMore + 1) == "device");
  CHECK(code_of([] { allow_shared(copy_kernel, 128 * 1024); }) == "device");
  // A programmatic edge may only lead to a kernel.
  CHECK(code_of([&] {
          Capture capture(bench.stream.get(), Overlap::kProgrammatic);
          capture_copy(bench, capture, {}, waiting_kernel<false>,
                       bench.out.data(), bench.parts.data());
          capture.wait_for({0});
          cudaMemsetAsync(bench.out.data(), 0, 4, bench.stream.get());
          capture.launched();
          capture.finish();
        }) == "device");
  const Capture capture(bench.stream.get());
  void* memory = nullptr;
  CHECK(cudaMalloc(&memory, 16) == cudaErrorStreamCaptureUnsupported);
  CHECK(cudaStreamSynchronize(bench.stream.get()) ==
        cudaErrorStreamCaptureUnsupported);
  cudaGetLastError();
}

}  // namespace
}  // namespace interlatent::cuda

int main() {
  interlatent::cuda::check_planted_faults();
  interlatent::cuda::check_overlapping();
  interlatent::cuda::check_late_work();
  interlatent::cuda::check_refusals();
  return interlatent::testing::summary("emulation");
}
