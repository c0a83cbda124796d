#include "small_training.h"

#include "check.h"

namespace interlatent::testing {

Training::Training() {
  for (Parameter* value : {&encoder, &bias, &decoder}) {
    value->offset = plan.place(IL_PARAMETERS, value->count());
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
  plan.entries()[0].block_kernels = uint32_t(plan.entries()[0].kernels.size());
  describe_update();
  plan.output("losses", IL_ACTIVATIONS, losses, kTiles * kRuns);
  plan.output("alive", IL_CONTROLS, alive, kRuns);
}

void Training::parameter(const Parameter& value) {
  plan.reads(IL_PARAMETERS, value.offset, uint64_t(value.size()),
             uint64_t(value.size()));
}

void Training::gradient(const Parameter& value) {
  plan.writes(IL_ACTIVATIONS, tiles + value.offset, uint64_t(value.size()),
              uint64_t(value.size()));
  plan.entries()[0].kernels.back().operands.back().tile_stride = parameters;
}

void Training::product(int64_t m, int64_t n, int64_t k, bool a_transposed,
                       bool b_transposed, int64_t activation, bool has_bias,
                       bool has_sums) {
  const int64_t lda = a_transposed ? m : k;
  const int64_t ldb = b_transposed ? k : n;
  plan.integers({m, n, k, a_transposed, b_transposed, n, lda, ldb, activation,
                 has_bias, activation > 2 ? n : 0, has_sums, 0})
      .floats({0.2});
}

void Training::describe_block() {
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

void Training::describe_update() {
  plan.kernel("average", "mean over tiles")
      .writes(IL_GRADIENTS, 0, parameters)
      .reads(IL_ACTIVATIONS, tiles, kTiles * parameters)
      .integers({kTiles, int64_t(parameters), int64_t(parameters)});
  plan.kernel("guard", "finite?").writes(IL_CONTROLS, alive, kRuns, 1);
  for (const Parameter* value : {&encoder, &bias, &decoder}) {
    plan.reads(IL_GRADIENTS, value->offset, value->count(),
               uint64_t(value->size()));
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
  for (const Parameter* value : {&encoder, &bias, &decoder}) {
    plan.integers({int64_t(value->offset), value->size(), 0});
  }
  plan.floats({0.9, 0.999, 1e-8});
}

Trainer::Trainer(const Training& training_plan, const il_backend* backend,
                 const il_load_options& options)
    : training(training_plan),
      program(training_plan.plan.bytes(), options, backend) {
  CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
  Numbers numbers(11);
  data = numbers.floats(kRows * kFeatures, 0.5, 2);
  for (int64_t i = 0; i < kRuns * kBatches * kBatch; i++) {
    index.push_back(int32_t(numbers.integer(0, kRows - 1)));
  }
  program.fill(IL_ACTIVATIONS, training_plan.plan.slab_sizes()[IL_ACTIVATIONS],
               0);
  started = numbers.floats(training_plan.parameters, -0.5, 0.5);
  program.upload(IL_DATA, training_plan.data, data);
  program.upload(IL_DATA, training_plan.index, index);
  program.upload(IL_DATA, training_plan.seeds,
                 std::vector<int32_t>{1, 2, 3, 4, 5, 6});
  start();
}

void Trainer::start() {
  program.upload(IL_PARAMETERS, 0, started);
  program.fill(IL_MOMENTS, training.plan.slab_sizes()[IL_MOMENTS], 0);
  program.upload(IL_CONTROLS, training.alive, std::vector<float>(kRuns, 1));
  program.upload(IL_CONTROLS, training.rates, std::vector<float>{0.01f, 0});
}

std::vector<float> Trainer::parameters() {
  return program.download(IL_PARAMETERS, 0, training.parameters);
}

std::vector<float> Trainer::run(uint64_t first_step, uint64_t steps) {
  std::vector<float> results(steps * kRow);
  const Outcome outcome = program.run(first_step, steps, &results);
  CHECK_MESSAGE(outcome.code.empty(), outcome.message);
  return results;
}

}  // namespace interlatent::testing
