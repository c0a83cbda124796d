// The C ABI every backend implements (CPU linked in, CUDA opened at run time).
// See docs/engine.md for the plan format, slabs and kernels.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IL_BACKEND_ABI 7

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

// `code` is stable and machine-readable ("invalid-plan", "out-of-memory",
// "index-out-of-range", "out-of-range", "unknown-kernel", "device",
// "unsupported-precision", "rank-lost", "cancelled"); empty on success.
typedef struct il_error {
  char code[32];
  char message[992];
} il_error;

// What the factors of a matmul may be rounded to; sums are float32. The CPU
// computes float32 only and refuses others ("unsupported-precision").
enum il_matmul_precision {
  IL_MATMUL_FLOAT32 = 0,
  IL_MATMUL_TF32 = 1,
  IL_MATMUL_BFLOAT16 = 2,
  IL_MATMUL_TF32X3 = 3 /* by three products of TF32 parts */
};

// A stretch of memory that one rank has and all ranks are to have.
typedef struct il_piece {
  void* data;
  uint64_t bytes;
  uint32_t rank;
} il_piece;

// Programs of one plan that train the same runs together, each by some tiles of
// every mini-batch; in one process or in several.
typedef struct il_ranks {
  uint32_t index;
  uint32_t count;
  // Brings every piece from the rank that has it to all others, which call this
  // with pieces of the same sizes, on the running thread. Gives up
  // ("cancelled") once `is_cancelled` says so; "rank-lost" where another rank
  // is gone.
  int (*gather)(void* user, const il_piece* pieces, size_t count,
                int (*is_cancelled)(void*), void* cancelled_user, il_error*);
  // An error ("rank-lost") where another rank is known to be gone; does not
  // wait. From any thread, as `leave`.
  int (*check)(void* user, il_error*);
  // Tells the others that this one does not go on, and why: the end of a
  // sentence that begins with its name.
  void (*leave)(void* user, const char* why);
  void* user;
} il_ranks;

typedef struct il_load_options {
  uint32_t threads;           // 0: one per available core
  uint32_t device;            // ordinal; 0 on the CPU
  uint32_t matmul_precision;  // il_matmul_precision
  uint32_t profile;           // 1: `describe` has the time of every kernel
  uint32_t data_on_device;    // 1: data sets are not left on the host
  // Runs of the whole fit where devices share them out: sums are cut as for all
  // of them, to the same bits. 0: those of the plan.
  uint32_t all_runs;
  // Who computes the other tiles of mini-batches; null: this program all. What
  // it points to must live as long as the program.
  const il_ranks* ranks;
} il_load_options;

typedef struct il_loaded {
  il_program* program;
  uint32_t runs;
  uint64_t bytes;  // all memory that the program has taken
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
  uint64_t results_count;  // elements available in results
  // Called after every step, on the running thread; may be null.
  void (*on_step)(void* user, uint64_t steps_done);
  void* user;
  il_run_failure* failures;  // room for `runs` records
  // Asked while the program waits for other ranks: whether the run is to be
  // cancelled. May be null.
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
  // All return 0 on success; otherwise the error is filled in and nothing
  // changed.
  int (*load)(const uint8_t* plan, size_t bytes, const il_load_options*,
              il_loaded* out, il_error*);
  int (*upload)(il_program*, uint32_t slab, uint64_t offset, const void* source,
                uint64_t count, il_error*);
  int (*download)(il_program*, uint32_t slab, uint64_t offset, void* target,
                  uint64_t count, il_error*);
  // Lets the first bytes of an open file stand in the data slab from an offset
  // on, in whole elements: they are read as they are needed, and nobody may
  // change the file before the program ends. `mapped` becomes 0, and nothing
  // changed, where that cannot be: what lies there is to be uploaded. Null: it
  // never can.
  int (*map)(il_program*, uint32_t slab, uint64_t offset, int descriptor,
             uint64_t bytes, uint32_t* mapped, il_error*);
  int (*run)(il_program*, const il_run_request*, il_run_report*, il_error*);
  // Stops the run in progress before its next step (a device finishes the few
  // steps that it has begun); with none in progress, the next run. The run that
  // stops uses the request up, and so does one that ends.
  void (*cancel)(il_program*);
  // JSON text about program and device, owned by the program.
  const char* (*describe)(il_program*);
  void (*destroy)(il_program*);
} il_backend;

const il_backend* il_cpu_backend(void);

#ifdef __cplusplus
}
#endif
