// The C ABI that every backend implements. The CPU backend is linked in; the
// CUDA backend is opened at run time. docs/explanation/engine.md describes the
// plan format, slabs and kernels.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IL_BACKEND_ABI 8

typedef struct il_program il_program;

enum il_slab {
  IL_PARAMETERS = 0,
  IL_GRADIENTS = 1,
  IL_MOMENTS = 2,
  IL_DATA = 3,
  IL_CONTROLS = 4,
  IL_ACTIVATIONS = 5,
  IL_SLAB_COUNT = 6
};

// `code` is stable and machine-readable: "invalid-plan", "out-of-memory",
// "index-out-of-range", "out-of-range", "unknown-kernel", "device",
// "unsupported-precision", "rank-lost" or "cancelled". It is empty on success.
typedef struct il_error {
  char code[32];
  char message[992];
} il_error;

// Precision to which the factors of matrix products and convolutions may be
// rounded; sums are float32. IL_MATMUL_TF32_CONVOLUTIONS rounds those of
// convolutions only. The CPU computes in float32 only and refuses other
// precisions ("unsupported-precision").
enum il_matmul_precision {
  IL_MATMUL_FLOAT32 = 0,
  IL_MATMUL_TF32 = 1,
  IL_MATMUL_BFLOAT16 = 2,
  IL_MATMUL_TF32_CONVOLUTIONS = 3
};

// A range of memory that one rank sends to all other ranks.
typedef struct il_piece {
  void* data;
  uint64_t bytes;
  uint32_t rank;
} il_piece;

// A process group as one of its ranks sees it. The ranks load the same plan and
// train the same runs together; each computes some tiles of every mini-batch.
// They run in one process or in several.
typedef struct il_ranks {
  uint32_t index;
  uint32_t count;
  // Copies every piece from its rank to all other ranks, which pass pieces of
  // the same sizes. The thread that runs the program calls it. Fails with
  // "cancelled" once `is_cancelled` returns non-zero, and with "rank-lost" if
  // another rank is gone.
  int (*gather)(void* user, const il_piece* pieces, size_t count,
                int (*is_cancelled)(void*), void* cancelled_user, il_error*);
  void* user;
} il_ranks;

typedef struct il_load_options {
  uint32_t threads;           // 0: one per available core
  uint32_t device;            // ordinal; 0 on the CPU
  uint32_t matmul_precision;  // il_matmul_precision
  uint32_t profile;           // 1: `describe` reports the time of every kernel
  uint32_t data_on_device;    // 1: never leave data sets on the host
  // Runs of the whole fit, if several devices share them. Sums are split as for
  // all of these runs, so that their bits do not change. 0: the runs of the
  // plan.
  uint32_t all_runs;
  // The process group that computes the other tiles of mini-batches; null: this
  // program computes all tiles. Must outlive the program. Only the CPU backend
  // takes one.
  const il_ranks* ranks;
} il_load_options;

typedef struct il_loaded {
  il_program* program;
  uint32_t runs;
  uint64_t bytes;  // memory that the program has allocated
} il_loaded;

typedef struct il_run_failure {
  uint32_t run;
  uint64_t step;
  char label[128];  // the first tensor that was not finite
} il_run_failure;

typedef struct il_run_request {
  uint32_t entry;
  uint64_t first_step;
  uint64_t steps;
  float* results;          // steps x outputs of the entry
  uint64_t results_count;  // elements available in `results`
  // Called after every step, on the thread that runs the program. May be null.
  void (*on_step)(void* user, uint64_t steps_done);
  void* user;
  il_run_failure* failures;  // space for `runs` records
  // Called while the program waits for other ranks; a non-zero result cancels
  // the run. May be null.
  int (*is_cancelled)(void* user);
} il_run_request;

typedef struct il_run_report {
  uint64_t steps_done;
  uint32_t cancelled;
  uint32_t failure_count;
} il_run_report;

typedef struct il_backend {
  uint32_t abi;
  const char* name;  // "cpu", "cuda"
  // These functions return 0 on success. Otherwise they fill in the error and,
  // except for `run`, change nothing.
  int (*load)(const uint8_t* plan, size_t bytes, const il_load_options*,
              il_loaded* out, il_error*);
  int (*upload)(il_program*, uint32_t slab, uint64_t offset, const void* source,
                uint64_t count, il_error*);
  int (*download)(il_program*, uint32_t slab, uint64_t offset, void* target,
                  uint64_t count, il_error*);
  // Maps the first bytes of an open file into the data slab, from an offset on,
  // in whole elements. Bytes are read when they are needed, so nobody may
  // change the file before the program ends. If the backend cannot map there,
  // `mapped` becomes 0 and the content must be uploaded. Null: this backend
  // never maps.
  int (*map)(il_program*, uint32_t slab, uint64_t offset, int descriptor,
             uint64_t bytes, uint32_t* mapped, il_error*);
  int (*run)(il_program*, const il_run_request*, il_run_report*, il_error*);
  // Stops the current run before its next step; a device first completes the
  // few steps that it has begun. Without a current run it stops the next run.
  // Every run clears the request when it ends.
  void (*cancel)(il_program*);
  // Returns JSON about program and device. The program owns the text.
  const char* (*describe)(il_program*);
  void (*destroy)(il_program*);
} il_backend;

const il_backend* il_cpu_backend(void);

#ifdef __cplusplus
}
#endif
