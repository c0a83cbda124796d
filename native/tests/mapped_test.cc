// Checks a data set in a file: it is gathered as from memory, refused if it
// does not fit, and left for upload if it cannot be mapped. A rank reads only
// its rows ahead.
#ifdef __linux__
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <chrono>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "plan_builder.h"
#include "ranks/ranks.h"

namespace interlatent::testing {
namespace {

// Elements of the largest page size.
constexpr uint64_t kPage = uint64_t{1} << 14;

// Rows of 100 values of uint8, of which each of 5 steps gathers 64.
struct Gather {
  static constexpr int64_t rows = 60000, features = 100, batch = 64,
                           batches = 5;
  static constexpr uint64_t bytes = uint64_t{rows} * features;
  PlanBuilder plan;
  uint64_t data, index, out;
  std::vector<uint8_t> values = std::vector<uint8_t>(bytes);
  std::vector<int32_t> order;

  // `shift`: elements from the beginning of a page.
  explicit Gather(uint64_t shift) {
    Numbers numbers(3);
    for (uint8_t& value : values) {
      value = static_cast<uint8_t>(numbers.integer(0, 255));
    }
    for (int64_t i = 0; i < batches * batch; i++) {
      order.push_back(static_cast<int32_t>(numbers.integer(0, rows - 1)));
    }
    index = plan.place(IL_DATA, order.size());
    const uint64_t room = plan.place(IL_DATA, bytes / 4 + 2 * kPage);
    data = (room + kPage - 1) / kPage * kPage + shift;
    out = plan.place(IL_ACTIVATIONS, features * batch);
    plan.entry("step");
    plan.kernel("gather", "batch")
        .writes(IL_ACTIVATIONS, out, features * batch)
        .reads(IL_DATA, data, bytes / 4)
        .flags(4)
        .reads_int32(IL_DATA, index, order.size())
        .integers({features, batch, batches, rows, 1, 1})
        .floats({100.5, 40.25});
    plan.output("batch", IL_ACTIVATIONS, out, features * batch);
  }

  float expected(int64_t step, int64_t feature, int64_t column) const {
    const int32_t row = order[step * batch + column];
    return (static_cast<float>(values[row * features + feature]) - 100.5f) *
           static_cast<float>(1 / 40.25);
  }
};

// A temporary file that exists as long as the object.
class File {
 public:
  explicit File(const std::vector<uint8_t>& content) : file_(std::tmpfile()) {
    CHECK(file_ != nullptr);
    CHECK(std::fwrite(content.data(), 1, content.size(), file_) ==
          content.size());
    CHECK(std::fflush(file_) == 0);
  }
  ~File() {
    if (file_ != nullptr) std::fclose(file_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return fileno(file_); }

 private:
  std::FILE* file_;
};

struct Mapping {
  bool mapped;
  std::string code;
};

Mapping map(Loaded& program, uint32_t slab, uint64_t offset, const File& file,
            uint64_t bytes) {
  uint32_t mapped = 0;
  il_error error{};
  backend_under_test()->map(program.program(), slab, offset, file.descriptor(),
                            bytes, &mapped, &error);
  return {mapped != 0, error.code};
}

void check_gathered(const Gather& gather, Loaded& program) {
  program.upload(IL_DATA, gather.index, gather.order);
  std::vector<float> results(Gather::batches * Gather::features *
                             Gather::batch);
  CHECK(program.run(0, Gather::batches, &results).code.empty());
  bool same = true;
  for (int64_t step = 0; step < Gather::batches; step++) {
    for (int64_t feature = 0; feature < Gather::features; feature++) {
      for (int64_t column = 0; column < Gather::batch; column++) {
        const int64_t at =
            (step * Gather::features + feature) * Gather::batch + column;
        same = same && results[at] == gather.expected(step, feature, column);
      }
    }
  }
  CHECK(same);
}

void check_mapped() {
  const Gather gather(0);
  Loaded program(gather.plan.bytes(), 2);
  const uint64_t allocated = program.bytes();
  // Values after the file in the slab are preserved.
  const uint64_t behind = gather.data + Gather::bytes / 4;
  program.upload(IL_DATA, behind, std::vector<float>{1.5f, 2.5f});
  {
    const File file(gather.values);
    const Mapping mapping =
        map(program, IL_DATA, gather.data, file, Gather::bytes);
    CHECK(mapping.mapped && mapping.code.empty());
  }
  // The file is closed and has no name, but can still be read.
  check_gathered(gather, program);
  CHECK(program.download(IL_DATA, behind, 2) ==
        (std::vector<float>{1.5f, 2.5f}));
  const std::string described =
      backend_under_test()->describe(program.program());
  CHECK(described.find("\"mapped\":" + std::to_string(Gather::bytes)) !=
        std::string::npos);
  CHECK(allocated > Gather::bytes);
  // Writes do not reach the file, but can be read back.
  program.upload(IL_DATA, gather.data, std::vector<float>{3.5f});
  CHECK(program.download(IL_DATA, gather.data, 1)[0] == 3.5f);
}

void check_not_mapped() {
  const Gather gather(16);
  Loaded program(gather.plan.bytes(), 2);
  const File file(gather.values);
  const Mapping unaligned =
      map(program, IL_DATA, gather.data, file, Gather::bytes);
  CHECK(!unaligned.mapped && unaligned.code.empty());
  std::vector<float> elements(Gather::bytes / 4);
  std::memcpy(elements.data(), gather.values.data(), Gather::bytes);
  program.upload(IL_DATA, gather.data, elements);
  check_gathered(gather, program);
  const Mapping longer =
      map(program, IL_DATA, gather.data - 16, file, Gather::bytes + 4);
  CHECK(!longer.mapped && longer.code.empty());
  check_gathered(gather, program);
  CHECK(map(program, IL_PARAMETERS, 0, file, 4).code == "out-of-range");
  CHECK(map(program, IL_DATA, uint64_t{1} << 40, file, 4).code ==
        "out-of-range");
  CHECK(map(program, IL_DATA, gather.data, file, uint64_t{1} << 60).code ==
        "out-of-range");
}

#ifdef __linux__

std::mutex advised_mutex;
std::vector<const std::byte*> advised;  // addresses that will be needed

size_t advised_count() {
  const std::lock_guard<std::mutex> lock(advised_mutex);
  return advised.size();
}

// Runs two steps of three tiles of two rows. Each row covers whole pages.
void check_read_ahead() {
  constexpr uint64_t kRow = kPage, kRows = 12;
  const std::vector<int32_t> index{2, 4, 5, 6, 7, 9, 0, 1, 3, 8, 10, 11};
  const std::vector<uint8_t> content(kRows * kRow * 4);
  PlanBuilder plan;
  const uint64_t place = plan.place(IL_DATA, index.size());
  // The slab is large enough to be reserved.
  const uint64_t room = plan.place(IL_DATA, (kRows + 100) * kRow);
  const uint64_t data = (room + kPage - 1) / kPage * kPage;
  const uint64_t batch = plan.place(kBlockSlab, 2 * kRow);
  plan.entry("step");
  plan.kernel("gather", "batch")
      .writes(kBlockSlab, batch, 2 * kRow)
      .reads(IL_DATA, data, kRows * kRow)
      .reads_int32(IL_DATA, place, index.size())
      .integers({kRow, 2, 6, kRows, 1, 3});
  plan.entries()[0].tiles = 3;
  plan.entries()[0].block_kernels = 1;
  const auto ranks = local_ranks(3, 1);
  {
    il_load_options options{};
    options.threads = 1;
    options.ranks = &ranks[1]->c_interface();
    Loaded program(plan.bytes(), options);
    program.upload(IL_DATA, place, index);
    const File file(content);
    CHECK(map(program, IL_DATA, data, file, content.size()).mapped);
    CHECK(program.run(0, 2).code.empty());
    // A thread reads ahead with a delay.
    for (int i = 0; i < 10000 && advised_count() < 2; i++) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  if (advised_count() != 2)
    return failed("two rows are read ahead", __FILE__, __LINE__);
  // These are rows 3 and 8. No other consecutive pair has this distance.
  CHECK(advised[1] - advised[0] == 5 * int64_t{kRow} * 4);
}

#endif

}  // namespace
}  // namespace interlatent::testing

#ifdef __linux__
// Replaces madvise of the system, and calls it.
extern "C" int madvise(void* address, size_t length, int advice) noexcept {
  using namespace interlatent::testing;
  if (advice == MADV_WILLNEED) {
    const std::lock_guard<std::mutex> lock(advised_mutex);
    advised.push_back(static_cast<const std::byte*>(address));
  }
  return static_cast<int>(syscall(SYS_madvise, address, length, advice));
}
#endif

int main() {
  using namespace interlatent::testing;
  check_mapped();
  check_not_mapped();
#ifdef __linux__
  advised.clear();
  check_read_ahead();
#endif
  return summary("mapped");
}
