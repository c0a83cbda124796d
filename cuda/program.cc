// Uploads, downloads, and the description of a program.
#include "cuda/program.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "cuda/dependencies.h"
#include "cuda/device.h"
#include "error.h"
#include "requests.h"

namespace interlatent::cuda {
namespace {

const char* precision_name(const Precisions& precisions) {
  if (precisions.products != precisions.convolutions)
    return "tf32-convolutions";
  switch (precisions.products) {
    case MatmulPrecision::kTf32:
      return "tf32";
    case MatmulPrecision::kBfloat16:
      return "bfloat16";
    case MatmulPrecision::kFloat32:
      break;
  }
  return "float32";
}

}  // namespace

// Select the device on which the members are freed, and wait until no work uses
// them.
Program::~Program() {
  cudaSetDevice(static_cast<int>(device_));
  cudaStreamSynchronize(stream_.get());
}

void Program::enter() const {
  cudaGetLastError();
  check_cuda(cudaSetDevice(static_cast<int>(device_)), "the device");
}

void Program::copy_out(void* target, const void* source, uint64_t bytes) const {
  check_cuda(cudaMemcpyAsync(target, source, bytes, cudaMemcpyDeviceToHost,
                             stream_.get()),
             "copy from the device");
  finish();
}

void Program::finish() const {
  check_cuda(cudaStreamSynchronize(stream_.get()), "the device");
}

size_t Program::count_overlapping(const PreparedEntry& entry) const {
  const auto is_ours = [&](size_t i) {
    return entry.kernels[i]->launch_type() == LaunchType::kKernel;
  };
  size_t count = 0;
  for (size_t i = 0; i < entry.kernels.size(); i++) {
    const auto& dependencies = entry.dependencies[i];
    const bool can_overlap =
        entry.kernels[i]->prepares() ||
        std::any_of(dependencies.begin(), dependencies.end(), is_ours);
    if (is_ours(i) && can_overlap) count++;
  }
  return count;
}

const std::string& Program::describe() {
  uint64_t slab_bytes = 0;
  for (const auto& slab : slabs_) slab_bytes += slab.bytes();
  description_ =
      R"({"backend":"cuda","device":)" + json_text(properties_.name) +
      R"(,"index":)" + std::to_string(device_) + R"(,"computeCapability":")" +
      compute_capability(properties_) + R"(","emulated":)" +
      (kEmulated ? "true" : "false") + R"(,"graphs":)" +
      (eager_ || profiling_ ? "false" : "true") + R"(,"matmulPrecision":")" +
      precision_name(precisions_) + R"(","cublasLt":)" + cublaslt_.describe() +
      R"(,"runs":)" + std::to_string(runs_) + R"(,"bytes":{)";
  for (uint32_t i = 0; i < kPlanSlabs; i++) {
    description_ += std::string("\"") + slab_name(i) +
                    "\":" + std::to_string(slabs_[i].bytes()) + ",";
  }
  description_ +=
      "\"scratch\":" + std::to_string(memory_.bytes() - slab_bytes) +
      ",\"host\":" + std::to_string(host_bytes()) + "}";
  description_ += ",\"steps\":{";
  for (const PreparedEntry& entry : entries_) {
    if (&entry != &entries_.front()) description_ += ",";
    double flops = 0;
    double bytes = 0;
    for (size_t i = 0; i < entry.kernels.size(); i++) {
      flops += entry.profile.kernels[i].flops;
      bytes += entry.profile.kernels[i].bytes;
    }
    description_ +=
        json_text(entry.profile.name) +
        ":{\"launches\":" + std::to_string(entry.kernels.size()) +
        ",\"depth\":" + std::to_string(depth_of(entry.dependencies)) +
        ",\"flops\":" + std::to_string(std::llround(flops)) +
        ",\"bytes\":" + std::to_string(std::llround(bytes));
    if (overlap_ == Overlap::kProgrammatic) {
      description_ +=
          ",\"overlapping\":" + std::to_string(count_overlapping(entry));
    }
    description_ += "}";
  }
  description_ += "}";
  if (profiling_) description_ += ",\"profile\":" + profiles_json(entries_);
  description_ += "}";
  return description_;
}

std::vector<Program::Segment> Program::range(uint32_t slab, uint64_t offset,
                                             uint64_t count,
                                             const char* operation) const {
  check_slab(operation, slab);
  check_range(operation, slab, slab_sizes_[slab], offset, count);
  if (count == 0) return {};
  if (slab != IL_DATA || data_ranges_.empty()) {
    return {{slabs_[slab].data() + offset, 0, count, false}};
  }
  std::vector<Segment> segments;
  for (const DataRange& data : data_ranges_) {
    const uint64_t begin = std::max(data.begin, offset);
    const uint64_t end = std::min(data.end, offset + count);
    if (begin >= end) continue;
    const bool on_host = data.slab == kHostSlab;
    float* slab_begin = on_host ? host_data_.data() : slabs_[IL_DATA].data();
    segments.push_back({slab_begin + data.target + (begin - data.begin),
                        begin - offset, end - begin, on_host});
  }
  return segments;
}

// The stream is idle between calls, so the host may write memory that kernels
// read.
void Program::upload(uint32_t slab, uint64_t offset, const void* source,
                     uint64_t count) {
  const auto segments = range(slab, offset, count, "upload");
  enter();
  for (const Segment& segment : segments) {
    const float* from = static_cast<const float*>(source) + segment.start;
    const uint64_t bytes = segment.count * sizeof(float);
    if (segment.on_host) {
      std::memcpy(segment.data, from, bytes);
    } else {
      check_cuda(cudaMemcpyAsync(segment.data, from, bytes,
                                 cudaMemcpyHostToDevice, stream_.get()),
                 "upload");
    }
  }
  finish();
}

void Program::download(uint32_t slab, uint64_t offset, void* target,
                       uint64_t count) const {
  const auto segments = range(slab, offset, count, "download");
  enter();
  for (const Segment& segment : segments) {
    float* to = static_cast<float*>(target) + segment.start;
    const uint64_t bytes = segment.count * sizeof(float);
    if (segment.on_host) {
      std::memcpy(to, segment.data, bytes);
    } else {
      copy_out(to, segment.data, bytes);
    }
  }
}

}  // namespace interlatent::cuda
