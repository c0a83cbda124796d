// Random numbers from Philox, 16 blocks at a time.
#include "loops/table.h"
#include "math/philox.h"

namespace interlatent::IL_ISA {
namespace {

constexpr int64_t kBlocks = 16;
constexpr int64_t kWords = 4 * kBlocks;

void words_at(const RandomLoop& loop, uint64_t step, int64_t run,
              uint32_t first, uint32_t* words) {
  const auto low = static_cast<uint32_t>(step);
  const auto high = static_cast<uint32_t>(step >> 32);
  const auto key0 = static_cast<uint32_t>(loop.seeds[2 * run]);
  const auto key1 = static_cast<uint32_t>(loop.seeds[2 * run + 1]);
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
  const int64_t run = task / loop.chunks / loop.parts;
  const int64_t part = task / loop.chunks % loop.parts;
  const int64_t first = task % loop.chunks * loop.chunk;
  const int64_t limit = first + loop.chunk;
  const int64_t end = limit < loop.per_part ? limit : loop.per_part;
  const uint32_t first_block =
      loop.first_block + static_cast<uint32_t>(part) * loop.blocks_per_part;
  float* out = loop.out + run * loop.per_run + part * loop.width;
  for (int64_t element = first; element < end; element += kWords) {
    uint32_t words[kWords];
    float values[kWords];
    words_at(loop, step, run, first_block + static_cast<uint32_t>(element / 4),
             words);
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
    if (loop.parts == 1) {
      for (int64_t i = 0; i < count; i++) out[element + i] = values[i];
      continue;
    }
    for (int64_t i = 0; i < count; i++) {
      const int64_t number = element + i;
      out[number / loop.width * loop.columns + number % loop.width] = values[i];
    }
  }
}

}  // namespace interlatent::IL_ISA
