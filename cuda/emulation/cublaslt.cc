// Emulation of the cuBLASLt functions that we call, on the CPU. It is a
// separate library for INTERLATENT_CUBLASLT_PATH. It rejects input that
// cuBLASLt rejects or misinterprets: sizes that do not match, leading
// dimensions that are too small, different batch counts, less alignment than
// promised, a wrong workspace, and the algorithm of another product.
#include "cuda/cublaslt.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "cuda/emulation/stream.h"
#include "cuda/tensor_core.h"

namespace interlatent::cuda::lt {

struct HandleOpaque {};

struct DescriptionOpaque {
  int compute;
  std::map<int, int> transposed;
};

struct LayoutOpaque {
  int64_t rows, columns, ld;
  int32_t count = 1;
  int64_t stride = 0;
};

struct PreferenceOpaque {
  uint64_t workspace = 0;
  uint32_t reductions = 0xff;
  std::map<int, uint32_t> alignments;
};

namespace {

constexpr Status kUnsupported = 15;  // CUBLAS_STATUS_NOT_SUPPORTED
constexpr uint64_t kWorkspace = 4096;

template <class Value>
bool read(Value& value, const void* source, size_t bytes) {
  if (source == nullptr || bytes != sizeof value) return false;
  std::memcpy(&value, source, bytes);
  return true;
}

// One product, column-major: D is m x n, and its sums have k terms.
struct Product {
  Layout a, b, d;
  bool ta, tb;
  int compute;
  int64_t m() const { return d->rows; }
  int64_t n() const { return d->columns; }
  int64_t k() const { return ta ? a->rows : a->columns; }

  bool fits() const {
    for (const Layout layout : {a, b, d}) {
      if (layout->rows < 1 || layout->columns < 1 ||
          layout->ld < layout->rows) {
        return false;
      }
      if (layout->count != d->count || layout->count < 1) return false;
    }
    // Results that overlap would race.
    if (d->count > 1 && d->stride == 0) return false;
    return (ta ? a->columns : a->rows) == m() &&
           (tb ? b->rows : b->columns) == n() &&
           (tb ? b->columns : b->rows) == k();
  }

  // Returns an algorithm that identifies this product.
  Algorithm fingerprint(uint64_t alignments) const {
    return {{static_cast<uint64_t>(m()), static_cast<uint64_t>(n()),
             static_cast<uint64_t>(k()),
             static_cast<uint64_t>(a->ld) << 32 | static_cast<uint64_t>(b->ld),
             static_cast<uint64_t>(d->ld), static_cast<uint64_t>(d->count),
             static_cast<uint64_t>(compute * 4 + ta * 2 + tb), alignments}};
  }

  float factor(float x) const {
    const float pair[2] = {x, 0};
    uint32_t word = static_cast<uint32_t>(bits_of(x));
    if (compute == kComputeTf32) {
      word = rounded_word<MatmulPrecision::kTf32>(pair);
    } else if (compute == kComputeBfloat16) {
      word = rounded_word<MatmulPrecision::kBfloat16>(pair) << 16;
    }
    return float_of(static_cast<int32_t>(word));
  }

  void run(const float* from_a, const float* from_b, float* to) const {
    for (int64_t column = 0; column < n(); column++) {
      for (int64_t row = 0; row < m(); row++) {
        float sum = 0;
        for (int64_t i = 0; i < k(); i++) {
          const float x = from_a[ta ? row * a->ld + i : i * a->ld + row];
          const float y = from_b[tb ? i * b->ld + column : column * b->ld + i];
          sum = fused(factor(x), factor(y), sum);
        }
        to[column * d->ld + row] = sum;
      }
    }
  }
};

Product product_of(Description description, Layout a, Layout b, Layout d) {
  return {a,
          b,
          d,
          description->transposed[kTransposeA] == kTransposed,
          description->transposed[kTransposeB] == kTransposed,
          description->compute};
}

bool aligned(const void* address, uint64_t bytes) {
  return reinterpret_cast<uintptr_t>(address) % bytes == 0;
}

}  // namespace
}  // namespace interlatent::cuda::lt

#define IL_EXPORT extern "C" __attribute__((visibility("default")))
using namespace interlatent::cuda::lt;
using interlatent::cuda::emulation::NodeType;

IL_EXPORT size_t cublasLtGetVersion() { return 130002; }

IL_EXPORT Status cublasLtCreate(Handle* handle) {
  *handle = new HandleOpaque;
  return 0;
}

IL_EXPORT Status cublasLtDestroy(Handle handle) {
  delete handle;
  return 0;
}

IL_EXPORT Status cublasLtMatmulDescCreate(Description* description, int compute,
                                          int scale_type) {
  if (scale_type != kFloat32) return kUnsupported;
  *description = new DescriptionOpaque{compute, {}};
  return 0;
}

IL_EXPORT Status cublasLtMatmulDescDestroy(Description description) {
  delete description;
  return 0;
}

IL_EXPORT Status cublasLtMatmulDescSetAttribute(Description description,
                                                int attribute,
                                                const void* source,
                                                size_t bytes) {
  if (attribute != kTransposeA && attribute != kTransposeB) return kUnsupported;
  return read(description->transposed[attribute], source, bytes)
             ? 0
             : kInvalidValue;
}

IL_EXPORT Status cublasLtMatrixLayoutCreate(Layout* layout, int type,
                                            uint64_t rows, uint64_t columns,
                                            int64_t ld) {
  if (type != kFloat32) return kUnsupported;
  *layout = new LayoutOpaque{static_cast<int64_t>(rows),
                             static_cast<int64_t>(columns), ld};
  return 0;
}

IL_EXPORT Status cublasLtMatrixLayoutDestroy(Layout layout) {
  delete layout;
  return 0;
}

IL_EXPORT Status cublasLtMatrixLayoutSetAttribute(Layout layout, int attribute,
                                                  const void* source,
                                                  size_t bytes) {
  bool is_known = false;
  if (attribute == kBatchCount) is_known = read(layout->count, source, bytes);
  if (attribute == kBatchStride) is_known = read(layout->stride, source, bytes);
  return is_known ? 0 : kInvalidValue;
}

IL_EXPORT Status cublasLtMatmulPreferenceCreate(Preference* preference) {
  *preference = new PreferenceOpaque;
  return 0;
}

IL_EXPORT Status cublasLtMatmulPreferenceDestroy(Preference preference) {
  delete preference;
  return 0;
}

IL_EXPORT Status cublasLtMatmulPreferenceSetAttribute(Preference preference,
                                                      int attribute,
                                                      const void* source,
                                                      size_t bytes) {
  bool is_known = false;
  if (attribute == kMaxWorkspace) {
    is_known = read(preference->workspace, source, bytes);
  } else if (attribute == kReductions) {
    is_known = read(preference->reductions, source, bytes);
  } else if (attribute >= kAlignmentA && attribute <= kAlignmentD) {
    is_known = read(preference->alignments[attribute], source, bytes);
  }
  return is_known ? 0 : kInvalidValue;
}

IL_EXPORT Status cublasLtMatmulAlgoGetHeuristic(
    Handle, Description description, Layout a, Layout b, Layout c, Layout d,
    Preference preference, int max_count, Heuristic* results, int* count) {
  *count = 0;
  if (c != d || max_count < 1) return kInvalidValue;
  const Product product = product_of(description, a, b, d);
  if (!product.fits()) return kInvalidValue;
  // The default alignment is 256, as in cuBLASLt.
  uint64_t alignments = 0;
  for (const int which : {kAlignmentA, kAlignmentB, kAlignmentD}) {
    const auto entry = preference->alignments.find(which);
    const bool is_set = entry != preference->alignments.end();
    alignments = alignments << 16 | (is_set ? entry->second : 256u);
  }
  if (preference->workspace < kWorkspace ||
      preference->reductions != kReductionInFloat32) {
    return kUnsupported;
  }
  results[0] = {product.fingerprint(alignments), kWorkspace, 0, 1, {}};
  *count = 1;
  return 0;
}

IL_EXPORT Status cublasLtMatmul(Handle, Description description,
                                const void* alpha, const void* a, Layout of_a,
                                const void* b, Layout of_b, const void* beta,
                                const void* c, Layout of_c, void* d,
                                Layout of_d, const Algorithm* algorithm,
                                void* workspace, size_t bytes,
                                cudaStream_t stream) {
  const auto scale = [](const void* value) {
    return *static_cast<const float*>(value);
  };
  const Product product = product_of(description, of_a, of_b, of_d);
  const uint64_t alignments = algorithm->data[7];
  const Algorithm expected = product.fingerprint(alignments);
  if (scale(alpha) != 1 || scale(beta) != 0 || c != d || of_c != of_d ||
      !product.fits() ||
      std::memcmp(&expected, algorithm, sizeof expected) != 0) {
    return kInvalidValue;
  }
  const LayoutOpaque la = *of_a;
  const LayoutOpaque lb = *of_b;
  const LayoutOpaque ld = *of_d;
  for (int32_t i = 0; i < ld.count; i++) {
    const auto first = [&](const void* start, const LayoutOpaque& layout) {
      return static_cast<const float*>(start) + i * layout.stride;
    };
    if (!aligned(first(a, la), alignments >> 32) ||
        !aligned(first(b, lb), alignments >> 16 & 0xffff) ||
        !aligned(first(d, ld), alignments & 0xffff)) {
      return kInvalidValue;
    }
  }
  if (bytes != kWorkspace || workspace == nullptr || !aligned(workspace, 16)) {
    return kInvalidValue;
  }
  // A captured launch ends in two nodes, and other launches may begin before
  // the first of them has ended. Launches of cuBLASLt can behave like this.
  const std::vector<size_t> before = stream->dependencies;
  stream->add(NodeType::kKernel, [=] { std::memset(workspace, 0xff, bytes); });
  const std::vector<size_t> first_end = stream->dependencies;
  if (stream->captured != nullptr) stream->dependencies = before;
  stream->add(NodeType::kKernel, [=] {
    LayoutOpaque copy_a = la;
    LayoutOpaque copy_b = lb;
    LayoutOpaque copy_d = ld;
    const Product copy = {&copy_a,    &copy_b,    &copy_d,
                          product.ta, product.tb, product.compute};
    for (int32_t i = 0; i < ld.count; i++) {
      copy.run(static_cast<const float*>(a) + i * la.stride,
               static_cast<const float*>(b) + i * lb.stride,
               static_cast<float*>(d) + i * ld.stride);
    }
  });
  if (stream->captured != nullptr) {
    stream->dependencies.insert(stream->dependencies.end(), first_end.begin(),
                                first_end.end());
    stream->edges = {{1, 0, 1, {}}, {}};
  }
  return 0;
}
