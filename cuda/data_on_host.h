// A plan whose data sets stay in page-locked memory of the host: for data that
// the device has no room for.
#pragma once

#include <cstdint>
#include <vector>

#include "plan.h"

namespace interlatent::cuda {

// Beside the plan's slabs: what stays on the host.
inline constexpr uint32_t kHostSlab = kPlanSlabs;

// Where a stretch of the plan's data slab lies: the slab (kHostSlab or IL_DATA)
// and the element in it.
struct DataStretch {
  uint64_t begin, end;
  uint32_t slab;
  uint64_t target;
};

struct DataOnHost {
  // The plan with a smaller data slab; its gathers read from kHostSlab.
  Plan plan;
  uint64_t host_size = 0;  // elements of kHostSlab; 0: nothing can stay there
  // The whole data slab of the original plan, in order.
  std::vector<DataStretch> stretches;
};

// Takes out of the data slab what only gathers read, as their data sets.
DataOnHost keep_data_on_host(const Plan& plan);

}  // namespace interlatent::cuda
