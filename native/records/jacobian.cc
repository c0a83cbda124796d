#include "records/records.h"

namespace interlatent {

JacobianRecord::JacobianRecord(RecordReader& in)
    : JacobianFields(in),
      weight{weight0, weight1, weight2},
      groups(in.product({runs, latents})),
      weights(hidden * parents + hidden * hidden + size * hidden) {
  const int64_t lengths[] = {rows * batch, hidden * batch, hidden * parents,
                             hidden * hidden, size * hidden};
  gradient.latents = latents;
  gradient.per_run = 0;
  for (int part = 0; part < kJacobianParts; part++) {
    gradient.start[part] = gradient.per_run;
    gradient.length[part] = lengths[part];
    gradient.per_run += latents * lengths[part];
  }
}

}  // namespace interlatent
