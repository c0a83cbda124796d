#include <cmath>

#include "records/records.h"

namespace interlatent {

std::string GatherRecord::wrong_row(int32_t row, int64_t column,
                                    int64_t batch_number, int64_t run) const {
  return "row " + std::to_string(row) + " was requested at column " +
         std::to_string(column) + " of batch " + std::to_string(batch_number) +
         ", run " + std::to_string(run) + "; the data set has " +
         std::to_string(rows) + " rows";
}

GatherRecord::GatherRecord(RecordReader& in, uint32_t tiles_of_kernel)
    : GatherFields(in) {
  if (tiles != tiles_of_kernel) {
    in.refuse("tiles is " + std::to_string(tiles) + ", accepted are " +
              std::to_string(tiles_of_kernel));
  }
  if (batches % tiles != 0) {
    in.refuse("its batches are not a multiple of the tiles");
  }
  const size_t channels = scales.size() / 2;
  in.expect_reals(2 * channels);
  if (channels > 0 && features % static_cast<int64_t>(channels) != 0) {
    in.refuse("its features are not a multiple of the channels");
  }
  for (size_t i = 0; i < channels; i++) {
    const double sd = scales[channels + i];
    means.push_back(static_cast<float>(scales[i]));
    inverse_sds.push_back(static_cast<float>(1 / sd));
    if (!std::isfinite(means[i]) || !std::isfinite(inverse_sds[i]) ||
        !(sd > 0)) {
      in.refuse("a mean is not finite, or a standard deviation is not above 0");
    }
  }
  const auto picked = static_cast<double>(runs * batch);
  const auto per_row =
      static_cast<double>(features) /
      static_cast<double>(values_of(static_cast<uint32_t>(data_type)));
  moved = {{1, picked * per_row, 2}, {2, picked, 2}};
}

}  // namespace interlatent
