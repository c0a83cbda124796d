// Moves the data sets of a plan to page-locked memory of the host. This is for
// data that do not fit the memory of the device.
#pragma once

#include <cstdint>
#include <vector>

#include "plan.h"

namespace interlatent::cuda {

// Number of the slab on the host, in addition to the plan's slabs.
inline constexpr uint32_t kHostSlab = kPlanSlabs;

// Location of the range [begin, end) of the original data slab: `slab` is
// kHostSlab or IL_DATA, `target` the first element there.
struct DataRange {
  uint64_t begin, end;
  uint32_t slab;
  uint64_t target;
};

struct DataOnHost {
  // The plan with a smaller data slab; its gathers read from kHostSlab.
  Plan plan;
  uint64_t host_size = 0;  // elements of kHostSlab; 0: no data set can move
  // The whole data slab of the original plan, in order.
  std::vector<DataRange> ranges;
};

// Moves every data set that only gathers read from the data slab to kHostSlab.
DataOnHost keep_data_on_host(const Plan& plan);

}  // namespace interlatent::cuda
