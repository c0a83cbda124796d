// Measures the peak rates of this machine on one thread: oneDNN's matmul rate
// and the copy bandwidth out of cache. Reads a request per line and answers
// each with a number:
//   matmul BATCH M N K TRANS_A TRANS_B SECONDS   GFLOP/s
//   copy MEBIBYTES SECONDS                       GB/s, read and written bytes
// Each request is measured with two implementations; the faster one counts.
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>

namespace {

// Returns the seconds of processor time of one call, which hardly depends on
// other processes. Measures about `seconds` of calls after a warm-up.
double seconds_per_call(const std::function<void()>& call, double seconds) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) +
           1e-9 * static_cast<double>(time.tv_nsec);
  };
  call();
  int64_t calls = 1;
  for (;;) {
    const double start = now();
    for (int64_t i = 0; i < calls; i++) call();
    const double taken = now() - start;
    if (taken >= seconds) return taken / static_cast<double>(calls);
    calls = std::max(calls + 1, static_cast<int64_t>(
                                    1.1 * seconds * static_cast<double>(calls) /
                                    std::max(taken, 1e-7)));
  }
}

struct Unmapped {
  size_t bytes;
  void operator()(float* memory) const { munmap(memory, bytes); }
};
using Array = std::unique_ptr<float[], Unmapped>;

// Allocates an array, in huge pages if the system provides them. Every page is
// written, so that it exists before the measurement.
Array array(size_t count) {
  const size_t bytes = count * sizeof(float);
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("out of memory");
  madvise(memory, bytes, MADV_HUGEPAGE);
  auto* values = static_cast<float*>(memory);
  for (size_t i = 0; i < count; i++) {
    values[i] = static_cast<float>(i % 61) / 61;
  }
  return Array(values, Unmapped{bytes});
}

struct Product {
  dnnl::memory::dim batch, m, n, k;
  bool trans_a, trans_b;
};

// Measures one primitive over the whole batch, or one for each of its members.
double matmul_seconds(const Product& p, bool batched, double seconds) {
  using tag = dnnl::memory::format_tag;
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const dnnl::memory::dim outer = batched ? p.batch : 1;
  const auto layout = [&](dnnl::memory::dim rows, dnnl::memory::dim columns,
                          bool transposed) {
    return dnnl::memory::desc({outer, rows, columns},
                              dnnl::memory::data_type::f32,
                              transposed ? tag::acb : tag::abc);
  };
  const auto a = layout(p.m, p.k, p.trans_a);
  const auto b = layout(p.k, p.n, p.trans_b);
  const auto c = layout(p.m, p.n, false);
  const dnnl::matmul matmul(dnnl::matmul::primitive_desc(engine, a, b, c));
  const auto size = [&](dnnl::memory::dim elements) {
    return static_cast<size_t>(p.batch * elements);
  };
  const Array a_values = array(size(p.m * p.k));
  const Array b_values = array(size(p.k * p.n));
  const Array c_values = array(size(p.m * p.n));
  dnnl::memory a_memory(a, engine, a_values.get());
  dnnl::memory b_memory(b, engine, b_values.get());
  dnnl::memory c_memory(c, engine, c_values.get());
  const std::unordered_map<int, dnnl::memory> arguments{
      {DNNL_ARG_SRC, a_memory},
      {DNNL_ARG_WEIGHTS, b_memory},
      {DNNL_ARG_DST, c_memory}};
  return seconds_per_call(
      [&] {
        for (dnnl::memory::dim i = 0; i < p.batch / outer; i++) {
          a_memory.set_data_handle(a_values.get() + i * p.m * p.k);
          b_memory.set_data_handle(b_values.get() + i * p.k * p.n);
          c_memory.set_data_handle(c_values.get() + i * p.m * p.n);
          matmul.execute(stream, arguments);
        }
        stream.wait();
      },
      seconds);
}

double matmul_rate(const Product& p, double seconds) {
  double best = matmul_seconds(p, true, seconds);
  if (p.batch > 1) best = std::min(best, matmul_seconds(p, false, seconds));
  return 2e-9 * static_cast<double>(p.batch * p.m * p.n * p.k) / best;
}

double copy_rate(size_t mebibytes, double seconds) {
  const size_t count = (mebibytes << 20) / sizeof(float);
  const Array source = array(count);
  const Array target = array(count);
  const double library = seconds_per_call(
      [&] {
        std::memcpy(target.get(), source.get(), count * sizeof(float));
        asm volatile("" ::: "memory");
      },
      seconds);
  const double loop = seconds_per_call(
      [&] {
        const float* from = source.get();
        float* to = target.get();
        for (size_t block = 0; block < count; block += 4096) {
          for (size_t i = block; i < block + 4096; i++) to[i] = from[i];
        }
        asm volatile("" ::: "memory");
      },
      seconds);
  return 2e-9 * static_cast<double>(count * sizeof(float)) /
         std::min(library, loop);
}

double answer(std::istream& request) {
  std::string what;
  double seconds = 0;
  request >> what;
  if (what == "matmul") {
    Product p{};
    if (request >> p.batch >> p.m >> p.n >> p.k >> p.trans_a >> p.trans_b >>
        seconds) {
      return matmul_rate(p, seconds);
    }
  } else if (what == "copy") {
    size_t mebibytes = 0;
    if (request >> mebibytes >> seconds) return copy_rate(mebibytes, seconds);
  }
  throw std::runtime_error("invalid request; see bench/peak.cc for the format");
}

}  // namespace

int main() try {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream request(line);
    std::printf("%.6g\n", answer(request));
    std::fflush(stdout);
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "peak: %s\n", error.what());
  return 1;
}
