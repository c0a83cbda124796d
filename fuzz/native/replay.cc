// Replaces libFuzzer: runs a target on every file of the given folders, and on
// `--mutants` mutants of each, with changed bytes or shorter length.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz.h"

namespace {

using Bytes = std::vector<uint8_t>;

Bytes read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void run_target(const Bytes& bytes) {
  // The copy has exactly this size, so that sanitizers detect reads beyond it.
  const Bytes exact(bytes);
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

// xorshift32 (Marsaglia 2003).
uint32_t next(uint32_t& state) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

void mutate(Bytes& bytes, uint32_t& state) {
  constexpr uint8_t kValues[] = {0, 1, 2, 0x7f, 0x80, 0xff};
  const size_t at = next(state) % bytes.size();
  switch (next(state) % 4) {
    case 0:
      bytes.resize(at);
      return;
    case 1:
      bytes[at] = static_cast<uint8_t>(next(state));
      return;
    default:
      bytes[at] = kValues[next(state) % sizeof kValues];
  }
}

}  // namespace

int main(int count, char** arguments) {
  uint32_t mutants = 0;
  size_t inputs = 0;
  uint32_t state = 2026;
  for (int i = 1; i < count; i++) {
    if (std::strcmp(arguments[i], "--mutants") == 0 && i + 1 < count) {
      mutants = static_cast<uint32_t>(std::atoi(arguments[++i]));
      continue;
    }
    // Sort the files, so that the order is the same on all systems.
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(arguments[i])) {
      files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& path : files) {
      const Bytes bytes = read(path);
      run_target(bytes);
      inputs++;
      for (uint32_t mutant = 0; mutant < mutants && !bytes.empty(); mutant++) {
        Bytes changed = bytes;
        for (uint32_t changes = next(state) % 3 + 1;
             changes > 0 && !changed.empty(); changes--) {
          mutate(changed, state);
        }
        run_target(changed);
        inputs++;
      }
    }
  }
  std::printf("%zu inputs\n", inputs);
  return inputs > 0 ? 0 : 1;
}
