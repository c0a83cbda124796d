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

GatherRecord read_gather(RecordReader& in, uint32_t tiles) {
  GatherRecord gather;
  in.expect_operands(3, 3);
  gather.features = in.dimension("features");
  gather.batch = in.dimension("B");
  gather.batches = in.dimension("batches");
  gather.rows = in.integer("rows", 1, INT32_MAX);
  gather.runs = in.integer("ri", 1, in.plan().runs);
  gather.tiles = in.integer("tiles", tiles, tiles);
  if (gather.batches % gather.tiles != 0) {
    in.refuse("its batches are not a multiple of the tiles");
  }
  in.end_of_integers();
  const size_t channels = in.real_count() / 2;
  in.expect_reals(2 * channels);
  if (channels > 0 && gather.features % static_cast<int64_t>(channels) != 0) {
    in.refuse("its features are not a multiple of the channels");
  }
  for (size_t i = 0; i < channels; i++) {
    const double sd = in.real(channels + i);
    gather.means.push_back(static_cast<float>(in.real(i)));
    gather.inverse_sds.push_back(static_cast<float>(1 / sd));
    if (!std::isfinite(gather.means[i]) ||
        !std::isfinite(gather.inverse_sds[i]) || !(sd > 0)) {
      in.refuse("a mean is not finite, or a standard deviation is not above 0");
    }
  }
  const int64_t outputs[] = {gather.runs, gather.features, gather.batch};
  const int64_t data[] = {gather.rows, gather.features};
  const int64_t indices[] = {gather.runs, gather.batches, gather.batch};
  in.check_extent(0, in.product(outputs));
  in.check_extent(2, in.product(indices));
  gather.out = in.floats(0, RecordReader::Access::kWrites);
  gather.type = in.data_set(1, in.product(data), &gather.data);
  gather.index = in.int32s(2);
  gather.written.push_back({0,
                            gather.out,
                            in.operand(0).run_stride,
                            {gather.runs, gather.features, gather.batch},
                            {gather.features * gather.batch, gather.batch, 1}});
  const auto picked = static_cast<double>(gather.runs * gather.batch);
  const auto per_row =
      static_cast<double>(gather.features) /
      static_cast<double>(values_of(static_cast<uint32_t>(gather.type)));
  gather.moved = {{1, picked * per_row, 2}, {2, picked, 2}};
  return gather;
}

}  // namespace interlatent
