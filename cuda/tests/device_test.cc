// What a device does differently from the CPU: whole steps of blocks in one
// graph, a few steps ahead of the host. An autoencoder of three runs and two
// tiles is trained by both backends; captured and eager steps are the same
// bits; what is lost or wrong in one of the steps under way is told of that
// step. All of it also with the data set on the host. Memory that is not there
// is named, with what would fit.
#include <cmath>
#include <cstdlib>
#include <string>

#include "check.h"
#include "plan_builder.h"

namespace interlatent::testing {
namespace {

constexpr int64_t kRuns = 3;
constexpr int64_t kTiles = 2;
constexpr int64_t kFeatures = 7;
constexpr int64_t kHidden = 37;
constexpr int64_t kBatch = 19;  // of a tile
constexpr int64_t kBatches = 6;
constexpr int64_t kRows = 50;

// One parameter, and its gradient in every tile.
struct Parameter {
  int64_t rows, columns;
  uint64_t offset = 0;
  int64_t size() const { return rows * columns; }
  uint64_t count() const { return uint64_t(kRuns * size()); }
};

struct Training {
  PlanBuilder plan{kRuns};
  Parameter encoder{kHidden, kFeatures};
  Parameter bias{kHidden, 1};
  Parameter decoder{kFeatures, kHidden};
  uint64_t parameters, tiles, data, index, seeds, losses, alive, rates;

  Training() {
    for (Parameter* one : {&encoder, &bias, &decoder}) {
      one->offset = plan.place(IL_PARAMETERS, one->count());
    }
    parameters = plan.slab_sizes()[IL_PARAMETERS];
    plan.place(IL_GRADIENTS, parameters - 32);
    plan.place(IL_MOMENTS, 2 * parameters);
    data = plan.place(IL_DATA, kRows * kFeatures);
    index = plan.place(IL_DATA, kRuns * kBatches * kBatch);
    seeds = plan.place(IL_DATA, 2 * kRuns);
    tiles = plan.place(IL_ACTIVATIONS, kTiles * parameters);
    losses = plan.place(IL_ACTIVATIONS, kTiles * kRuns);
    alive = plan.place(IL_CONTROLS, kRuns);
    rates = plan.place(IL_CONTROLS, 2);
    plan.entry("step");
    describe_block();
    plan.entries()[0].tiles = kTiles;
    plan.entries()[0].block_kernels =
        uint32_t(plan.entries()[0].kernels.size());
    describe_update();
    plan.output("losses", IL_ACTIVATIONS, losses, kTiles * kRuns);
    plan.output("alive", IL_CONTROLS, alive, kRuns);
  }

 private:
  // The following describe operands of the latest kernel.
  void parameter(const Parameter& own) {
    plan.reads(IL_PARAMETERS, own.offset, uint64_t(own.size()),
               uint64_t(own.size()));
  }
  void gradient(const Parameter& own) {
    plan.writes(IL_ACTIVATIONS, tiles + own.offset, uint64_t(own.size()),
                uint64_t(own.size()));
    plan.entries()[0].kernels.back().operands.back().tile_stride = parameters;
  }
  void product(int64_t m, int64_t n, int64_t k, bool a_transposed,
               bool b_transposed, int64_t activation, bool has_bias,
               bool has_sums) {
    const int64_t lda = a_transposed ? m : k;
    const int64_t ldb = b_transposed ? k : n;
    plan.integers({m, n, k, a_transposed, b_transposed, n, lda, ldb, activation,
                   has_bias, activation > 2 ? n : 0, has_sums, 0})
        .floats({0.2});
  }

  void describe_block() {
    const uint64_t wide = kFeatures * kBatch;
    const uint64_t deep = kHidden * kBatch;
    const uint64_t batch = plan.place(kBlockSlab, wide);
    const uint64_t noise = plan.place(kBlockSlab, wide);
    const uint64_t hidden = plan.place(kBlockSlab, deep);
    const uint64_t error = plan.place(kBlockSlab, wide);
    const uint64_t back = plan.place(kBlockSlab, deep);
    plan.kernel("gather", "batch")
        .writes(kBlockSlab, batch, wide)
        .reads(IL_DATA, data, kRows * kFeatures)
        .reads_int32(IL_DATA, index, kBatches * kBatch, kBatches * kBatch)
        .integers({kFeatures, kBatch, kBatches, kRows, 1, kTiles});
    plan.kernel("random", "noise")
        .writes(kBlockSlab, noise, wide)
        .reads_int32(IL_DATA, seeds, 2, 2)
        .integers({1, 3, 1, int64_t(wide), 1});
    // noise = log(batch) + 0.1 noise
    plan.kernel("map", "noisy")
        .writes(kBlockSlab, noise, wide)
        .reads(kBlockSlab, batch, wide)
        .reads(kBlockSlab, noise, wide)
        .integers({1, int64_t(wide), 1, 2, 1, 1, 1, 5, 3})
        .integers({6, 2, 0, -1, -1, -1})
        .integers({32, 3, 1, -1, -1, 0})
        .integers({22, 4, 2, 3, -1, -1, 4})
        .floats({0.1});
    plan.kernel("matmul", "encoder").writes(kBlockSlab, hidden, deep);
    parameter(encoder);
    plan.reads(kBlockSlab, noise, wide);
    parameter(bias);
    product(kHidden, kBatch, kFeatures, false, false, 2, true, false);
    plan.kernel("matmul", "decoder").writes(kBlockSlab, error, wide);
    parameter(decoder);
    plan.reads(kBlockSlab, hidden, deep);
    product(kFeatures, kBatch, kHidden, false, false, 0, false, false);
    plan.kernel("map", "error")
        .writes(kBlockSlab, error, wide)
        .reads(kBlockSlab, error, wide)
        .reads(kBlockSlab, batch, wide)
        .integers({1, int64_t(wide), 1, 2, 1, 1, 1, 3, 1})
        .integers({23, 2, 0, 1, -1, -1, 2});
    plan.kernel("reduce", "loss")
        .writes(IL_ACTIVATIONS, losses, 1, 1)
        .reads(kBlockSlab, error, wide)
        .integers({1, int64_t(wide), 1, 1, 0, 1, 2, 1})
        .integers({11, 1, 0, -1, -1, -1, 1, 0, 1});
    plan.entries()[0].kernels.back().operands[0].tile_stride = kRuns;
    plan.kernel("matmul", "decoder gradient");
    gradient(decoder);
    plan.reads(kBlockSlab, error, wide).reads(kBlockSlab, hidden, deep);
    product(kFeatures, kHidden, kBatch, false, true, 0, false, false);
    plan.kernel("matmul", "hidden gradient").writes(kBlockSlab, back, deep);
    parameter(decoder);
    plan.reads(kBlockSlab, error, wide).reads(kBlockSlab, hidden, deep);
    gradient(bias);
    product(kHidden, kBatch, kFeatures, true, false, 4, false, true);
    plan.kernel("matmul", "encoder gradient");
    gradient(encoder);
    plan.reads(kBlockSlab, back, deep).reads(kBlockSlab, noise, wide);
    product(kHidden, kFeatures, kBatch, false, true, 0, false, false);
  }

  void describe_update() {
    plan.kernel("average", "mean over tiles")
        .writes(IL_GRADIENTS, 0, parameters)
        .reads(IL_ACTIVATIONS, tiles, kTiles * parameters)
        .integers({kTiles, int64_t(parameters), int64_t(parameters)});
    plan.kernel("guard", "finite?").writes(IL_CONTROLS, alive, kRuns, 1);
    for (const Parameter* one : {&encoder, &bias, &decoder}) {
      plan.reads(IL_GRADIENTS, one->offset, one->count(),
                 uint64_t(one->size()));
    }
    plan.integers({kRuns});
    plan.kernel("adam", "update")
        .writes(IL_PARAMETERS, 0, parameters)
        .writes(IL_MOMENTS, 0, parameters)
        .writes(IL_MOMENTS, parameters, parameters)
        .reads(IL_GRADIENTS, 0, parameters)
        .reads(IL_CONTROLS, alive, kRuns, 1)
        .reads(IL_CONTROLS, rates, 2)
        .integers({kRuns, 3});
    for (const Parameter* one : {&encoder, &bias, &decoder}) {
      plan.integers({int64_t(one->offset), one->size(), 0});
    }
    plan.floats({0.9, 0.999, 1e-8});
  }
};

// The plan, loaded and filled.
struct Trainer {
  const Training& training;
  Loaded program;
  std::vector<float> data;
  std::vector<int32_t> index;

  Trainer(const Training& own, const il_backend* backend)
      : training(own), program(own.plan.bytes(), 1, backend) {
    CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
    Numbers numbers(11);
    data = numbers.floats(kRows * kFeatures, 0.5, 2);
    for (int64_t i = 0; i < kRuns * kBatches * kBatch; i++) {
      index.push_back(int32_t(numbers.integer(0, kRows - 1)));
    }
    program.fill(IL_ACTIVATIONS, own.plan.slab_sizes()[IL_ACTIVATIONS], 0);
    program.upload(IL_PARAMETERS, 0, numbers.floats(own.parameters, -0.5, 0.5));
    program.upload(IL_DATA, own.data, data);
    program.upload(IL_DATA, own.index, index);
    program.upload(IL_DATA, own.seeds, std::vector<int32_t>{1, 2, 3, 4, 5, 6});
    program.upload(IL_CONTROLS, own.alive, std::vector<float>(kRuns, 1));
    program.upload(IL_CONTROLS, own.rates, std::vector<float>{0.01f, 0});
  }

  std::vector<float> parameters() {
    return program.download(IL_PARAMETERS, 0, training.parameters);
  }
  std::vector<float> run(uint64_t first_step, uint64_t steps) {
    std::vector<float> results(steps * kRow);
    const Outcome outcome = program.run(first_step, steps, &results);
    CHECK_MESSAGE(outcome.code.empty(), outcome.message);
    return results;
  }
  static constexpr uint64_t kRow = kTiles * kRuns + kRuns;
};

void check_near(const std::vector<float>& actual,
                const std::vector<float>& expected, double tolerance,
                const std::string& what) {
  double worst = 0;
  for (size_t i = 0; i < expected.size(); i++) {
    const double scale = 1 + std::abs(double{expected[i]});
    const double error = std::abs(double{actual[i]} - double{expected[i]});
    // A NaN counts.
    if (!(error / scale <= worst)) worst = error / scale;
  }
  CHECK_MESSAGE(worst <= tolerance,
                what + " is off by " + std::to_string(worst));
}

// Both backends learn the same; the loss falls.
void check_training() {
  const Training training;
  Trainer cpu(training, il_cpu_backend());
  Trainer device(training, backend_under_test());
  const auto expected = cpu.run(0, 30);
  const auto actual = device.run(0, 30);
  check_near(actual, expected, 2e-4, "the losses");
  check_near(device.parameters(), cpu.parameters(), 2e-4, "the parameters");
  CHECK(actual[29 * Trainer::kRow] < 0.5f * actual[0]);
}

// In one call or in many, as a graph or eagerly: the same bits.
void check_bits() {
  const Training training;
  Trainer whole(training, backend_under_test());
  const auto expected = whole.run(0, 11);
  Trainer pieces(training, backend_under_test());
  std::vector<float> results;
  uint64_t step = 0;
  for (const uint64_t steps : {1, 1, 2, 7}) {
    const auto more = pieces.run(step, steps);
    results.insert(results.end(), more.begin(), more.end());
    step += steps;
  }
  CHECK(results == expected && pieces.parameters() == whole.parameters());
  setenv("INTERLATENT_CUDA_EAGER", "1", 1);
  Trainer eager(training, backend_under_test());
  unsetenv("INTERLATENT_CUDA_EAGER");
  CHECK(eager.run(0, 11) == expected);
  CHECK(eager.parameters() == whole.parameters());
  setenv("INTERLATENT_PROFILE", "1", 1);
  Trainer profiled(training, backend_under_test());
  unsetenv("INTERLATENT_PROFILE");
  CHECK(profiled.run(0, 11) == expected);
  const std::string text =
      backend_under_test()->describe(profiled.program.program());
  CHECK_MESSAGE(text.find("\"kernel\":\"adam\"") != std::string::npos, text);
}

// A row that only one batch of run 1 holds has a negative value, whose
// logarithm is NaN; later batches lose run 2 and then run 0. The others go on.
void check_lost_runs() {
  const Training training;
  std::vector<float> parameters[2];
  std::vector<float> results[2];
  std::vector<il_run_failure> failures[2];
  const il_backend* backends[] = {il_cpu_backend(), backend_under_test()};
  for (size_t which = 0; which < 2; which++) {
    Trainer trainer(training, backends[which]);
    trainer.data[3 * kFeatures + 2] = -1;
    trainer.program.upload(IL_DATA, training.data, trainer.data);
    for (int32_t& row : trainer.index) row = row == 3 ? 4 : row;
    // Batches of steps 1, 2, 0 of every 3: two tiles each.
    const int64_t holders[][2] = {{1, 3}, {2, 4}};
    for (const auto& holder : holders) {
      trainer.index[size_t((holder[0] * kBatches + holder[1]) * kBatch + 5)] =
          3;
    }
    trainer.program.upload(IL_DATA, training.index, trainer.index);
    results[which] = trainer.run(0, 9);
    failures[which] = trainer.program.failures;
    parameters[which] = trainer.parameters();
  }
  CHECK(failures[0].size() == 2 && failures[1].size() == 2);
  for (size_t i = 0; i < std::min(failures[0].size(), failures[1].size());
       i++) {
    CHECK(failures[0][i].run == failures[1][i].run);
    CHECK(failures[0][i].step == failures[1][i].step);
    CHECK(std::string(failures[0][i].label) == failures[1][i].label);
    CHECK(std::string(failures[1][i].label) == "noisy");
    CHECK(failures[1][i].step == i + 1);
  }
  // Who is alive, after every step.
  for (size_t step = 0; step < 9; step++) {
    for (size_t run = 0; run < kRuns; run++) {
      const size_t at = step * Trainer::kRow + kTiles * kRuns + run;
      CHECK(results[0][at] == results[1][at]);
    }
  }
  check_near(parameters[1], parameters[0], 2e-4, "what the others learned");
}

// Steps after one that failed change nothing, though they were under way.
void check_failed_step() {
  const Training training;
  Trainer good(training, backend_under_test());
  good.run(0, 2);
  Trainer trainer(training, backend_under_test());
  // Step 2 takes batches 4 and 5.
  trainer.index[size_t((2 * kBatches + 5) * kBatch + 7)] = kRows;
  trainer.program.upload(IL_DATA, training.index, trainer.index);
  std::vector<float> results(20 * Trainer::kRow);
  const Outcome outcome = trainer.program.run(0, 20, &results);
  CHECK(outcome.code == "index-out-of-range");
  CHECK_MESSAGE(outcome.message ==
                    "[run] \"batch\" at step 2: row 50 asked for at column 7 "
                    "of batch 5, run 2; the data set has 50",
                outcome.message);
  CHECK(trainer.program.report.steps_done == 2);
  CHECK(trainer.parameters() == good.parameters());
  CHECK(trainer.program.failures.empty());
}

// Before adamStart nothing is learned and the step is refused.
void check_start() {
  const Training training;
  Trainer trainer(training, backend_under_test());
  const auto before = trainer.parameters();
  trainer.program.upload(IL_CONTROLS, training.rates,
                         std::vector<float>{0.01f, 7});
  std::vector<float> results(3 * Trainer::kRow);
  const Outcome outcome = trainer.program.run(4, 3, &results);
  CHECK_MESSAGE(outcome.code == "out-of-range" &&
                    outcome.message.find("adamStart, 7") != std::string::npos,
                outcome.message);
  CHECK(trainer.parameters() == before);
}

// An environment variable for the programs loaded meanwhile.
class Setting {
 public:
  Setting(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  ~Setting() { unsetenv(name_); }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  const char* name_;
};

uint64_t number_after(const std::string& text, const std::string& what) {
  const size_t at = text.find(what);
  return at == std::string::npos
             ? 0
             : std::strtoull(text.c_str() + at + what.size(), nullptr, 10);
}

std::string describe(const Loaded& program) {
  return backend_under_test()->describe(program.program());
}

// The data set on the host: the same bits, also after a call was cancelled
// with steps under way, and what is uploaded comes back.
void check_host_data() {
  const Training training;
  Trainer resident(training, backend_under_test());
  const auto expected = resident.run(0, 11);
  CHECK(number_after(describe(resident.program), "\"host\":") == 0);

  const Setting host("INTERLATENT_CUDA_HOST_DATA", "1");
  Trainer fetched(training, backend_under_test());
  CHECK(number_after(describe(fetched.program), "\"host\":") >=
        kRows * kFeatures * sizeof(float));
  CHECK(fetched.program.download(IL_DATA, training.data, kRows * kFeatures) ==
        fetched.data);
  CHECK(fetched.program.download(IL_DATA, 0,
                                 training.plan.slab_sizes()[IL_DATA]) ==
        resident.program.download(IL_DATA, 0,
                                  training.plan.slab_sizes()[IL_DATA]));
  struct Call {
    il_program* program;
    std::vector<float> results;
    il_run_report report{};
  } call{fetched.program.program(), {}};
  call.results.resize(11 * Trainer::kRow);
  std::vector<il_run_failure> failures(kRuns);
  il_run_request request{};
  request.steps = 11;
  request.results = call.results.data();
  request.results_count = call.results.size();
  request.failures = failures.data();
  request.user = &call;
  request.on_step = [](void* user, uint64_t done) {
    if (done == 2) {
      backend_under_test()->cancel(static_cast<Call*>(user)->program);
    }
  };
  il_error error{};
  CHECK(backend_under_test()->run(call.program, &request, &call.report,
                                  &error) == 0);
  const uint64_t done = call.report.steps_done;
  CHECK(call.report.cancelled == 1 && done >= 2 && done < 11);
  std::vector<float> results(
      call.results.begin(),
      call.results.begin() + std::ptrdiff_t(done * Trainer::kRow));
  const auto more = fetched.run(done, 11 - done);
  results.insert(results.end(), more.begin(), more.end());
  CHECK(results == expected);
  CHECK(fetched.parameters() == resident.parameters());
}

// What goes on the host, and what does not: a data set that a map reads too.
void check_what_stays() {
  PlanBuilder plan(2);
  const uint64_t first = plan.place(IL_DATA, 5 * 3);
  const uint64_t index = plan.place(IL_DATA, 2 * 4);
  const uint64_t second = plan.place(IL_DATA, 6 * 3);
  const uint64_t out = plan.place(IL_ACTIVATIONS, 2 * 2 * 3 * 4);
  const uint64_t copy = plan.place(IL_ACTIVATIONS, 18);
  plan.entry("rows");
  plan.kernel("gather", "first")
      .writes(IL_ACTIVATIONS, out, 24)
      .reads(IL_DATA, first, 15)
      .reads_int32(IL_DATA, index, 8)
      .integers({3, 4, 1, 5, 2, 1});
  plan.kernel("gather", "second")
      .writes(IL_ACTIVATIONS, out + 24, 24)
      .reads(IL_DATA, second, 18)
      .reads_int32(IL_DATA, index, 8)
      .integers({3, 4, 1, 6, 2, 1});
  plan.kernel("map", "copy")
      .writes(IL_ACTIVATIONS, copy, 18)
      .reads(IL_DATA, second, 18)
      .integers({1, 18, 1, 1, 1, 1, 2, 1, 1, 1, 0, -1, -1, -1, 1});
  plan.output("out", IL_ACTIVATIONS, out, 48);
  plan.output("first", IL_DATA, index, 8);
  const Setting host("INTERLATENT_CUDA_HOST_DATA", "1");
  Loaded program(plan.bytes());
  CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
  CHECK(number_after(describe(program), "\"host\":") == 16 * sizeof(float));
  Numbers numbers(4);
  const auto rows = numbers.floats(15, -1, 1);
  const auto others = numbers.floats(18, -1, 1);
  program.upload(IL_DATA, first, rows);
  program.upload(IL_DATA, second, others);
  const std::vector<int32_t> chosen{4, 0, 2, 2, 3, 1, 0, 4};
  program.upload(IL_DATA, index, chosen);
  std::vector<float> results(56);
  const Outcome outcome = program.run(0, 1, &results);
  CHECK_MESSAGE(outcome.code.empty(), outcome.message);
  for (size_t i = 0; i < 24; i++) {
    const auto row = size_t(chosen[i / 12 * 4 + i % 4]);
    const size_t feature = i % 12 / 4;
    CHECK(results[i] == rows[row * 3 + feature]);
    CHECK(results[24 + i] == others[row * 3 + feature]);
  }
  CHECK(program.download(IL_ACTIVATIONS, copy, 18) == others);
}

// A data set that is too large stays on the host by itself.
void check_too_large() {
  PlanBuilder plan;
  constexpr int64_t rows = 100000;
  const uint64_t data = plan.place(IL_DATA, rows * 3);
  const uint64_t index = plan.place(IL_DATA, 2 * 4);
  const uint64_t out = plan.place(IL_ACTIVATIONS, 3 * 4);
  plan.entry("rows");
  plan.kernel("gather", "rows")
      .writes(IL_ACTIVATIONS, out, 12)
      .reads(IL_DATA, data, rows * 3)
      .reads_int32(IL_DATA, index, 8)
      .integers({3, 4, 2, rows, 1, 1});
  plan.output("out", IL_ACTIVATIONS, out, 12);
  if (describe(Loaded(plan.bytes())).find("\"emulated\":true") ==
      std::string::npos) {
    return;
  }
  const Setting memory("INTERLATENT_EMULATION_MEMORY", "1000000");
  Loaded program(plan.bytes());
  CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
  CHECK(number_after(describe(program), "\"host\":") >= rows * 12);
  std::vector<float> values(rows * 3);
  for (size_t i = 0; i < values.size(); i++) values[i] = float(i);
  program.upload(IL_DATA, data, values);
  program.upload(IL_DATA, index,
                 std::vector<int32_t>{99999, 0, 7, 50000, 1, 2, 3, 99998});
  std::vector<float> results(24);
  CHECK(program.run(0, 2, &results).code.empty());
  CHECK(results[0] == 299997 && results[7] == 150001 && results[23] == 299996);
}

void check_memory() {
  PlanBuilder plan;
  plan.place(IL_DATA, uint64_t{1} << 40);
  const Loaded program(plan.bytes());
  CHECK(program.outcome().code == "out-of-memory");
  const std::string& message = program.outcome().message;
  CHECK_MESSAGE(message.find("the slab data") != std::string::npos &&
                    message.find("4398046511") != std::string::npos &&
                    message.find("are free. In all the program needs 4398") !=
                        std::string::npos,
                message);
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_training();
  check_bits();
  check_lost_runs();
  check_failed_step();
  check_start();
  check_host_data();
  {
    const Setting host("INTERLATENT_CUDA_HOST_DATA", "1");
    check_training();
    check_bits();
    check_lost_runs();
    check_failed_step();
  }
  check_what_stays();
  check_too_large();
  check_memory();
  return summary("device");
}
