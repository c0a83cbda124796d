#include "records/records.h"

namespace interlatent {

RandomRecord read_random(RecordReader& in, uint32_t tiles) {
  RandomRecord random;
  in.expect_operands(2, 2);
  in.expect_reals(0);
  random.normal = in.integer("the kind", 0, 1) == 1;
  random.stream = static_cast<uint32_t>(in.integer("stream", 0, UINT32_MAX));
  random.runs = in.integer("runs", 1, in.plan().runs);
  // The counter has 32 bits for blocks of four numbers.
  random.per_run = in.integer("perRun", 1, int64_t{1} << 34);
  const bool per_tile = in.integer("perTile", 0, 1) == 1;
  random.parts = 1;
  random.columns = random.per_run;
  if (in.has_integers()) {
    random.columns = in.integer("columns", 1, random.per_run);
    random.parts = in.integer("parts", 1, random.columns);
    if (random.per_run % random.columns != 0 ||
        random.columns % random.parts != 0) {
      in.refuse("its columns cannot be divided into the parts");
    }
  }
  random.width = random.columns / random.parts;
  const int64_t blocks[] = {per_tile ? tiles : 1, random.parts,
                            random.blocks_per_part()};
  if (in.product(blocks) > int64_t{1} << 32) {
    in.refuse("its tiles draw more than 2^34 numbers together");
  }
  random.blocks_per_tile =
      per_tile ? static_cast<uint32_t>(blocks[1] * blocks[2]) : 0;
  in.end_of_integers();
  const int64_t sizes[] = {random.runs, random.per_run};
  in.check_extent(0, in.product(sizes));
  in.check_extent(1, 2 * random.runs);
  random.out = in.floats(0, RecordReader::Access::kWrites);
  random.seeds = in.int32s(1);
  random.written.push_back({0,
                            random.out,
                            in.operand(0).run_stride,
                            {random.runs, random.per_run},
                            {random.per_run, 1}});
  return random;
}

}  // namespace interlatent
