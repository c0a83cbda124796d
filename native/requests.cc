#include "requests.h"

#include <string>

#include "error.h"
#include "plan.h"

namespace interlatent {

void check_slab(const char* operation, uint32_t slab) {
  if (slab < IL_SLAB_COUNT) return;
  throw Error("out-of-range", std::string("[") + operation + "] slab " +
                                  std::to_string(slab) +
                                  " was requested, there are 0 to " +
                                  std::to_string(IL_SLAB_COUNT - 1));
}

void check_range(const char* operation, uint32_t slab, uint64_t size,
                 uint64_t offset, uint64_t count) {
  if (offset <= size && count <= size - offset) return;
  throw Error("out-of-range",
              std::string("[") + operation + "] " + std::to_string(count) +
                  " elements at " + std::to_string(offset) +
                  " were requested, but the slab " + slab_name(slab) + " has " +
                  std::to_string(size));
}

void check_entry(const il_run_request& request, size_t entries) {
  if (request.entry < entries) return;
  throw Error("out-of-range", "[run] entry " + std::to_string(request.entry) +
                                  " was requested, but the plan has " +
                                  std::to_string(entries) + " entries");
}

void check_steps(const il_run_request& request, uint64_t outputs) {
  if (outputs > 0 && request.steps > request.results_count / outputs) {
    throw Error("out-of-range",
                "[run] " + std::to_string(request.steps) + " steps of " +
                    std::to_string(outputs) + " outputs do not fit " +
                    std::to_string(request.results_count) + " results");
  }
  if (request.first_step > UINT64_MAX - request.steps) {
    throw Error("out-of-range", "[run] the step counter would overflow");
  }
}

}  // namespace interlatent
