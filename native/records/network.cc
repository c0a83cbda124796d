#include <algorithm>
#include <numeric>
#include <string>
#include <type_traits>

#include "records/records.h"

namespace interlatent {
namespace {

// Possible results of a gradient: for every layer the slopes by weights and
// bias, then by the input and by z, then the result of the network.
constexpr size_t kByX = 2 * kNetworkLayers;
constexpr size_t kByZ = kByX + 1;
constexpr size_t kOut = kByZ + 1;

template <class Data>
using Matrices = NetworkRecord::Matrices<Data>;

// Reads operands in their order.
class Operands {
 public:
  Operands(RecordReader& in, NetworkRecord& record)
      : in_(in), record_(record) {}

  // Reads x or z, whose rows are in parts.
  void take_parts(Matrices<const float*>& matrices, int64_t groups,
                  int64_t rows, int64_t leading) {
    const NetworkRecord& record = record_;
    if (rows % record.part_rows != 0) in_.refuse("a part is not complete");
    const int64_t dims[] = {groups, rows / record.part_rows, record.part_rows,
                            record.batch};
    const int64_t strides[] = {matrices.group, record.part, leading, 1};
    in_.check_view(next_, dims, strides);
    matrices.operand = next_++;
    matrices.data = in_.floats(matrices.operand, RecordReader::Access::kReads);
  }

  void take_inputs() {
    take_parts(record_.x, record_.groups, record_.widths[0], record_.x.leading);
  }
  // The rows of z are those of the groups.
  void take_z() {
    if (record_.part == 0) return take(record_.z, 1, record_.batch);
    take_parts(record_.z, 1, record_.groups, record_.z.group);
  }

  template <class Data>
  void take(Matrices<Data>& matrices, int64_t rows, int64_t columns) {
    if (rows > 1 && matrices.leading < columns) {
      in_.refuse("rows of operand " + std::to_string(next_) + " overlap");
    }
    const int64_t dims[] = {record_.groups, rows, columns};
    const int64_t strides[] = {matrices.group, matrices.leading, 1};
    in_.check_view(next_, dims, strides);
    matrices.operand = next_++;
    using Access = RecordReader::Access;
    if constexpr (std::is_same_v<Data, float*>) {
      matrices.data = in_.floats(matrices.operand, Access::kWrites);
      const int64_t groups = matrices.group == 0 ? 1 : record_.groups;
      record_.written.push_back({matrices.operand,
                                 matrices.data,
                                 in_.operand(matrices.operand).run_stride,
                                 {groups, rows, columns},
                                 {matrices.group, matrices.leading, 1}});
    } else {
      matrices.data = in_.floats(matrices.operand, Access::kReads);
    }
  }

 private:
  RecordReader& in_;
  NetworkRecord& record_;
  size_t next_ = 0;
};

// Refuses groups that write to the same memory. Groups may share operands that
// they read, and the slope by a shared input.
void require_separate_groups(const RecordReader& in,
                             const NetworkRecord& record, int64_t group) {
  if (record.groups > 1 && group == 0) {
    in.refuse("groups write to the same memory");
  }
}

// Returns the elements from one group to the next, operand by operand.
class GroupStrides {
 public:
  GroupStrides(const RecordReader& in, const std::vector<int64_t>& strides)
      : in_(in), strides_(strides) {}

  int64_t next() {
    if (next_ == strides_.size()) in_.refuse("the strides of groups end early");
    return strides_[next_++];
  }
  void end() const {
    if (next_ != strides_.size()) in_.refuse("strides of groups are left");
  }

 private:
  const RecordReader& in_;
  const std::vector<int64_t>& strides_;
  size_t next_ = 0;
};

}  // namespace

int64_t NetworkRecord::tiles() const {
  int64_t sum = 0;
  for (int i = 0; i < kNetworkLayers; i++) {
    sum += tiles_down(i) * tiles_across(i);
  }
  return sum;
}

int64_t NetworkRecord::room() const {
  int64_t sum = kNetworkRowRoom * (widths[0] + 2 * widths[1] + 2 * widths[2] +
                                   widths[3] + kNetworkLayers);
  for (int i = 0; i < kNetworkLayers; i++) sum += widths[i + 1] * pitch(i);
  return sum;
}

template <class Fields>
void NetworkRecord::read_layers(const RecordReader& in, const Fields& fields) {
  result = fields.result;
  flops = fields.flops;
  groups = fields.groups;
  part_rows = fields.part_rows;
  part = fields.ld_part;
  batch = fields.batch;
  components = fields.components;
  std::copy(fields.widths.begin(), fields.widths.end(), widths);
  for (size_t i = 0; i < kNetworkLayers - 1; i++) {
    activation[i] = static_cast<Activation>(fields.activations[i]);
    slope[i] = fields.slopes[i];
  }
  log_scale_min = log_scale_max = 0;
  if (components > 0) {
    if (widths[kNetworkLayers] != 3 * components) {
      in.refuse("a component has three outputs");
    }
    log_scale_min = fields.limits[0];
    log_scale_max = fields.limits[1];
    if (!(log_scale_min < log_scale_max)) {
      in.refuse("logScaleMin must be below logScaleMax");
    }
  }
  if (room() > kMaxNetworkRoom || tiles() > kMaxNetworkTiles) {
    in.refuse("the network is too large for it");
  }
  for (int i = 0; i < kNetworkLayers; i++) {
    weight[i].leading = by_weight[i].leading = widths[i];
    bias[i].leading = by_bias[i].leading = 1;
  }
}

void NetworkRecord::read_outputs(RecordReader& in) {
  const NetworkFields fields(in);
  read_layers(in, fields);
  const bool mixture = components > 0;
  order = static_cast<NetworkTarget>(fields.order);
  const bool has_target = order != NetworkTarget::kNone;
  if (mixture && has_target) in.refuse("a mixture has no target");
  const size_t count = 2 + 2 * kNetworkLayers + size_t{mixture} +
                       size_t{has_target} +
                       (fields.saves ? kNetworkLayers - 1 : 0);
  in.expect_operands(count, count);
  GroupStrides strides(in, fields.group_strides);
  out.leading = fields.ld_out;
  x.leading = fields.ld_x;
  target.leading = fields.ld_target;
  out.group = strides.next();
  for (size_t i = 0; i < kNetworkLayers - 1; i++) {
    saved[i].leading = fields.ld_saved[i];
    if (!fields.saves) continue;
    saved[i].group = strides.next();
    require_separate_groups(in, *this, saved[i].group);
  }
  x.group = strides.next();
  for (int i = 0; i < kNetworkLayers; i++) {
    weight[i].group = strides.next();
    bias[i].group = strides.next();
  }
  if (mixture) z.group = strides.next();
  if (has_target) target.group = strides.next();
  strides.end();
  require_separate_groups(in, *this, out.group);
  Operands operands(in, *this);
  operands.take(out, outputs(), batch);
  if (fields.saves) {
    for (int i = 0; i < kNetworkLayers - 1; i++) {
      operands.take(saved[i], widths[i + 1], batch);
    }
  }
  operands.take_inputs();
  for (int i = 0; i < kNetworkLayers; i++) {
    operands.take(weight[i], widths[i + 1], widths[i]);
    operands.take(bias[i], widths[i + 1], 1);
  }
  if (mixture) operands.take_z();
  if (has_target) operands.take(target, outputs(), batch);
}

void NetworkRecord::read_gradient(RecordReader& in) {
  const NetworkGradFields fields(in);
  read_layers(in, fields);
  scale = fields.scale;
  const std::vector<int64_t>& is_requested = fields.requested;
  const auto results = static_cast<size_t>(
      std::accumulate(is_requested.begin(), is_requested.end(), int64_t{0}));
  const bool mixture = components > 0;
  if (results == 0) in.refuse("it has no results");
  order = static_cast<NetworkTarget>(fields.order);
  const bool has_target = order != NetworkTarget::kNone;
  if (mixture && has_target) in.refuse("a mixture has no target");
  if (is_requested[kByZ] == 1 && !mixture) in.refuse("there is no z");
  if (is_requested[kOut] == 1 && !mixture && !has_target) {
    in.refuse("it does not compute the outputs");
  }
  // Without its outputs, the network does not need the last bias.
  const int biases =
      mixture || has_target ? kNetworkLayers : kNetworkLayers - 1;
  const size_t count = results + 2 + kNetworkLayers +
                       static_cast<size_t>(biases) + size_t{mixture} +
                       size_t{fields.adds};
  in.expect_operands(count, count);
  out.leading = fields.ld_out;
  by_x.leading = fields.ld_by_x;
  x.leading = fields.ld_x;
  target.leading = fields.ld_target;
  upstream.leading = fields.ld_upstream;
  added.leading = fields.ld_added;
  GroupStrides strides(in, fields.group_strides);
  for (int i = 0; i < kNetworkLayers; i++) {
    by_weight[i].group = strides.next();
    by_bias[i].group = strides.next();
  }
  by_x.group = strides.next();
  by_z.group = strides.next();
  out.group = strides.next();
  x.group = strides.next();
  for (int i = 0; i < kNetworkLayers; i++) {
    weight[i].group = strides.next();
    if (i < biases) bias[i].group = strides.next();
  }
  if (mixture) z.group = strides.next();
  // The difference from a target takes the place of upstream.
  (has_target ? target : upstream).group = strides.next();
  if (fields.adds) added.group = strides.next();
  strides.end();
  Operands operands(in, *this);
  for (size_t i = 0; i < kNetworkLayers; i++) {
    if (is_requested[2 * i] == 1) {
      require_separate_groups(in, *this, by_weight[i].group);
      operands.take(by_weight[i], widths[i + 1], widths[i]);
    }
    if (is_requested[2 * i + 1] == 1) {
      require_separate_groups(in, *this, by_bias[i].group);
      operands.take(by_bias[i], widths[i + 1], 1);
    }
  }
  if (is_requested[kByX] == 1) {
    operands.take(by_x, widths[0], batch);
    if (by_x.group == 0 && groups > 1) {
      // The contributions of all groups are stored and then added.
      const size_t operand = by_x.operand;
      moved.push_back(
          {operand,
           static_cast<double>(in.product({2, groups, widths[0], batch})) +
               static_cast<double>(in.operand(operand).extent),
           operand});
    }
  }
  if (is_requested[kByZ] == 1) {
    require_separate_groups(in, *this, by_z.group);
    operands.take(by_z, 1, batch);
  }
  if (is_requested[kOut] == 1) {
    require_separate_groups(in, *this, out.group);
    operands.take(out, outputs(), batch);
  }
  operands.take_inputs();
  for (int i = 0; i < kNetworkLayers; i++) {
    operands.take(weight[i], widths[i + 1], widths[i]);
    if (i < biases) operands.take(bias[i], widths[i + 1], 1);
  }
  if (mixture) operands.take_z();
  operands.take(has_target ? target : upstream, outputs(), batch);
  if (fields.adds) operands.take(added, widths[1], batch);
}

NetworkRecord::NetworkRecord(RecordReader& in)
    : order(NetworkTarget::kNone), scale(1) {
  if (in.kernel() == "networkGrad") {
    read_gradient(in);
  } else {
    read_outputs(in);
  }
}

}  // namespace interlatent
