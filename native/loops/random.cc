// Philox blocks, 16 at a time.
#include "loops/table.h"
#include "math/philox.h"

namespace interlatent::IL_ISA {
namespace {

constexpr int64_t kBlocks = 16;
constexpr int64_t kWords = 4 * kBlocks;

void words_at(const RandomLoop& loop, uint64_t step, int64_t run,
              int64_t element, uint32_t* words) {
  const auto low = static_cast<uint32_t>(step);
  const auto high = static_cast<uint32_t>(step >> 32);
  const auto key0 = static_cast<uint32_t>(loop.seeds[2 * run]);
  const auto key1 = static_cast<uint32_t>(loop.seeds[2 * run + 1]);
  const uint32_t first = loop.first_block + static_cast<uint32_t>(element / 4);
#pragma omp simd
  for (uint32_t i = 0; i < kBlocks; i++) {
    const PhiloxBlock block =
        philox(first + i, low, high, loop.stream, key0, key1);
    words[4 * i] = block.words[0];
    words[4 * i + 1] = block.words[1];
    words[4 * i + 2] = block.words[2];
    words[4 * i + 3] = block.words[3];
  }
}

}  // namespace

void random(const RandomLoop& loop, uint64_t step, int64_t task) {
  const int64_t run = task / loop.chunks;
  const int64_t first = task % loop.chunks * loop.chunk;
  const int64_t limit = first + loop.chunk;
  const int64_t end = limit < loop.per_run ? limit : loop.per_run;
  float* out = loop.out + run * loop.per_run;
  for (int64_t element = first; element < end; element += kWords) {
    uint32_t words[kWords];
    float values[kWords];
    words_at(loop, step, run, element, words);
    if (loop.normal != 0) {
#pragma omp simd
      for (int64_t i = 0; i < kWords; i++) values[i] = normal_of_word(words[i]);
    } else {
#pragma omp simd
      for (int64_t i = 0; i < kWords; i++) {
        values[i] = uniform_of_word(words[i]);
      }
    }
    const int64_t count = end - element < kWords ? end - element : kWords;
    for (int64_t i = 0; i < count; i++) out[element + i] = values[i];
  }
}

}  // namespace interlatent::IL_ISA
