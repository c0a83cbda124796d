// An autoencoder of three runs and three tiles. One plan describes its training
// step: blocks of matrix products, random numbers, maps and reductions, then
// the mean over tiles, a guard and Adam.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "plan_builder.h"

namespace interlatent::testing {

inline constexpr int64_t kRuns = 3;
inline constexpr int64_t kTiles = 3;
inline constexpr int64_t kFeatures = 7;
inline constexpr int64_t kHidden = 37;
inline constexpr int64_t kBatch = 19;  // of a tile
inline constexpr int64_t kBatches = 3 * kTiles;
inline constexpr int64_t kRows = 50;

// One parameter. It has a gradient in every tile.
struct Parameter {
  int64_t rows, columns;
  uint64_t offset = 0;
  int64_t size() const { return rows * columns; }
  uint64_t count() const { return uint64_t(kRuns * size()); }
};

struct Training {
  Training();

  PlanBuilder plan{kRuns};
  Parameter encoder{kHidden, kFeatures};
  Parameter bias{kHidden, 1};
  Parameter decoder{kFeatures, kHidden};
  uint64_t parameters, tiles, data, index, seeds, losses, alive, rates;

 private:
  // These functions add operands to the latest kernel.
  void parameter(const Parameter& value);
  void gradient(const Parameter& value);
  void product(int64_t m, int64_t n, int64_t k, bool a_transposed,
               bool b_transposed, int64_t activation, bool has_bias,
               bool has_sums);
  void describe_block();
  void describe_update();
};

// The plan, loaded and with data.
struct Trainer {
  static constexpr uint64_t kRow = kTiles * kRuns + kRuns;

  Trainer(const Training& training_plan, const il_backend* backend,
          const il_load_options& options = {1, 0, IL_MATMUL_FLOAT32, 0, 0, 0,
                                            nullptr});

  // Resets parameters, moments and controls to those before the first step.
  void start();
  std::vector<float> parameters();
  std::vector<float> run(uint64_t first_step, uint64_t steps);

  const Training& training;
  Loaded program;
  std::vector<float> started;  // initial parameters
  std::vector<float> data;
  std::vector<int32_t> index;
};

// Sets an environment variable for the lifetime of the object.
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

}  // namespace interlatent::testing
