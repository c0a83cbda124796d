// Matrix products of oneDNN, created once per shape and program. All objects
// that an execution needs are created in advance, per thread.
#pragma once

#include <dnnl.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

namespace interlatent {

// The shape of a float32 product c [m, n] = a [m, k] · b [k, n].
struct ProductShape {
  int64_t m, n, k;
  int64_t a_along_m, a_along_k, b_along_k, b_along_n, ldc;

  auto key() const {
    return std::tie(m, n, k, a_along_m, a_along_k, b_along_k, b_along_n, ldc);
  }
  bool operator<(const ProductShape& other) const {
    return key() < other.key();
  }
};

class Product {
 public:
  // Throws Error "device" if oneDNN refuses.
  Product(dnnl_engine_t engine, const ProductShape& shape, uint32_t threads);
  ~Product();
  Product(const Product&) = delete;
  Product& operator=(const Product&) = delete;

  size_t scratch_bytes() const { return scratch_bytes_; }

  // Returns false if oneDNN reports an error. `worker` is the number of the
  // thread.
  bool run(uint32_t worker, float* c, const float* a, const float* b,
           std::byte* scratch) const;

 private:
  struct Arguments {
    dnnl_stream_t stream = nullptr;
    dnnl_memory_t a = nullptr;
    dnnl_memory_t b = nullptr;
    dnnl_memory_t c = nullptr;
    dnnl_memory_t scratch = nullptr;
  };

  void destroy();

  dnnl_primitive_t primitive_ = nullptr;
  std::vector<Arguments> arguments_;  // per thread
  size_t scratch_bytes_ = 0;
};

class ProductCache {
 public:
  explicit ProductCache(uint32_t threads);
  ~ProductCache();
  ProductCache(const ProductCache&) = delete;
  ProductCache& operator=(const ProductCache&) = delete;

  // Returns a product that lives as long as the cache. Throws Error "device".
  const Product& get(const ProductShape& shape);

 private:
  uint32_t threads_;
  dnnl_engine_t engine_ = nullptr;
  std::map<ProductShape, std::unique_ptr<Product>> products_;
};

}  // namespace interlatent
