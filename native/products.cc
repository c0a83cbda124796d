// Uses the C API of oneDNN, without exceptions and without allocation while
// running.
#include "products.h"

#include <string>

#include "error.h"

namespace interlatent {
namespace {

void expect(dnnl_status_t status, const char* what) {
  if (status == dnnl_success) return;
  throw Error(status == dnnl_out_of_memory ? "out-of-memory" : "device",
              std::string("[matmul] oneDNN refused ") + what + ", status " +
                  std::to_string(static_cast<int>(status)));
}

// An object that is needed only while a primitive is created.
template <class Handle>
class Temporary {
 public:
  explicit Temporary(dnnl_status_t (*destroy)(Handle)) : destroy_(destroy) {}
  ~Temporary() {
    if (handle_ != nullptr) destroy_(handle_);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  Handle* out() { return &handle_; }
  Handle get() const { return handle_; }

 private:
  dnnl_status_t (*destroy_)(Handle);
  Handle handle_ = nullptr;
};

using MemoryLayout = Temporary<dnnl_memory_desc_t>;

void describe(MemoryLayout& layout, int64_t rows, int64_t columns,
              int64_t along_rows, int64_t along_columns) {
  const dnnl_dims_t dims = {rows, columns};
  const dnnl_dims_t strides = {along_rows, along_columns};
  expect(dnnl_memory_desc_create_with_strides(layout.out(), 2, dims, dnnl_f32,
                                              strides),
         "the layout of a matrix");
}

}  // namespace

Product::Product(dnnl_engine_t engine, const ProductShape& shape,
                 uint32_t threads) {
  MemoryLayout a(dnnl_memory_desc_destroy);
  MemoryLayout b(dnnl_memory_desc_destroy);
  MemoryLayout c(dnnl_memory_desc_destroy);
  describe(a, shape.m, shape.k, shape.a_along_m, shape.a_along_k);
  describe(b, shape.k, shape.n, shape.b_along_k, shape.b_along_n);
  describe(c, shape.m, shape.n, shape.ldc, 1);
  Temporary<dnnl_primitive_attr_t> attributes(dnnl_primitive_attr_destroy);
  expect(dnnl_primitive_attr_create(attributes.out()), "attributes");
  expect(dnnl_primitive_attr_set_scratchpad_mode(attributes.get(),
                                                 dnnl_scratchpad_mode_user),
         "a user scratchpad");
  Temporary<dnnl_primitive_desc_t> description(dnnl_primitive_desc_destroy);
  expect(dnnl_matmul_primitive_desc_create(description.out(), engine, a.get(),
                                           b.get(), nullptr, c.get(),
                                           attributes.get()),
         "a matrix product");
  const_dnnl_memory_desc_t scratch = dnnl_primitive_desc_query_md(
      description.get(), dnnl_query_scratchpad_md, 0);
  scratch_bytes_ = dnnl_memory_desc_get_size(scratch);
  try {
    expect(dnnl_primitive_create(&primitive_, description.get()),
           "a matrix product");
    arguments_.resize(threads);
    for (Arguments& memory : arguments_) {
      expect(
          dnnl_stream_create(&memory.stream, engine, dnnl_stream_default_flags),
          "a stream");
      expect(dnnl_memory_create(&memory.a, a.get(), engine, nullptr), "memory");
      expect(dnnl_memory_create(&memory.b, b.get(), engine, nullptr), "memory");
      expect(dnnl_memory_create(&memory.c, c.get(), engine, nullptr), "memory");
      expect(dnnl_memory_create(&memory.scratch, scratch, engine, nullptr),
             "memory");
    }
  } catch (...) {
    destroy();
    throw;
  }
}

Product::~Product() { destroy(); }

void Product::destroy() {
  for (const Arguments& arguments : arguments_) {
    for (dnnl_memory_t memory :
         {arguments.a, arguments.b, arguments.c, arguments.scratch}) {
      if (memory != nullptr) dnnl_memory_destroy(memory);
    }
    if (arguments.stream != nullptr) dnnl_stream_destroy(arguments.stream);
  }
  if (primitive_ != nullptr) dnnl_primitive_destroy(primitive_);
}

bool Product::run(uint32_t worker, float* c, const float* a, const float* b,
                  std::byte* scratch) const {
  const Arguments& objects = arguments_[worker];
  const bool placed =
      dnnl_memory_set_data_handle(objects.a, const_cast<float*>(a)) ==
          dnnl_success &&
      dnnl_memory_set_data_handle(objects.b, const_cast<float*>(b)) ==
          dnnl_success &&
      dnnl_memory_set_data_handle(objects.c, c) == dnnl_success &&
      dnnl_memory_set_data_handle(objects.scratch, scratch) == dnnl_success;
  if (!placed) return false;
  const dnnl_exec_arg_t bindings[] = {{DNNL_ARG_SRC, objects.a},
                                      {DNNL_ARG_WEIGHTS, objects.b},
                                      {DNNL_ARG_DST, objects.c},
                                      {DNNL_ARG_SCRATCHPAD, objects.scratch}};
  return dnnl_primitive_execute(primitive_, objects.stream, 4, bindings) ==
         dnnl_success;
}

ProductCache::ProductCache(uint32_t threads) : threads_(threads) {
  expect(dnnl_engine_create(&engine_, dnnl_cpu, 0), "a CPU engine");
}

ProductCache::~ProductCache() {
  products_.clear();
  dnnl_engine_destroy(engine_);
}

const Product& ProductCache::get(const ProductShape& shape) {
  std::unique_ptr<Product>& product = products_[shape];
  if (product == nullptr) {
    product = std::make_unique<Product>(engine_, shape, threads_);
  }
  return *product;
}

}  // namespace interlatent
