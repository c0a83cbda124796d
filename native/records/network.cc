#include <string>
#include <type_traits>

#include "records/records.h"

namespace interlatent {
namespace {

// Possible results of a gradient: for every layer the slopes by weights and
// bias, then by the input and by z.
constexpr int kResults = 2 * kNetworkLayers + 2;

template <class Data>
using Matrices = NetworkRecord::Matrices<Data>;

// Reads operands in their order.
class Operands {
 public:
  Operands(RecordReader& in, NetworkRecord& record)
      : in_(in), record_(record) {}

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

void read_outputs(RecordReader& in, NetworkRecord& record) {
  const bool mixture = record.components > 0;
  record.order =
      static_cast<NetworkTarget>(in.integer("target", 0, mixture ? 0 : 2));
  const bool target = record.order != NetworkTarget::kNone;
  const bool saves = in.integer("kept", 0, 1) == 1;
  const size_t count = 2 + 2 * kNetworkLayers + size_t{mixture} +
                       size_t{target} + (saves ? kNetworkLayers - 1 : 0);
  in.expect_operands(count, count);
  record.out.leading = in.stride("ldOut");
  record.x.leading = in.stride("ldX");
  record.target.leading = in.stride("ldTarget");
  for (auto& saved : record.saved) saved.leading = in.stride("ldKept");
  record.out.group = in.stride("a stride");
  if (saves) {
    for (auto& saved : record.saved) {
      saved.group = in.stride("a stride");
      require_separate_groups(in, record, saved.group);
    }
  }
  record.x.group = in.stride("a stride");
  for (int i = 0; i < kNetworkLayers; i++) {
    record.weight[i].group = in.stride("a stride");
    record.bias[i].group = in.stride("a stride");
  }
  if (mixture) record.z.group = in.stride("a stride");
  if (target) record.target.group = in.stride("a stride");
  require_separate_groups(in, record, record.out.group);
  Operands operands(in, record);
  operands.take(record.out, record.outputs(), record.batch);
  if (saves) {
    for (int i = 0; i < kNetworkLayers - 1; i++) {
      operands.take(record.saved[i], record.widths[i + 1], record.batch);
    }
  }
  operands.take(record.x, record.widths[0], record.batch);
  for (int i = 0; i < kNetworkLayers; i++) {
    operands.take(record.weight[i], record.widths[i + 1], record.widths[i]);
    operands.take(record.bias[i], record.widths[i + 1], 1);
  }
  if (mixture) operands.take(record.z, 1, record.batch);
  if (target) operands.take(record.target, record.outputs(), record.batch);
}

void read_gradient(RecordReader& in, NetworkRecord& record) {
  bool is_requested[kResults];
  size_t results = 0;
  for (bool& requested : is_requested) {
    requested = in.integer("a result", 0, 1) == 1;
    results += size_t{requested};
  }
  const bool mixture = record.components > 0;
  if (results == 0) in.refuse("it has no results");
  const bool adds = in.integer("added", 0, 1) == 1;
  if (is_requested[kResults - 1] && !mixture) in.refuse("there is no z");
  // Without a mixture, the gradient does not need the last bias.
  const int biases = mixture ? kNetworkLayers : kNetworkLayers - 1;
  const size_t count = results + 2 + kNetworkLayers +
                       static_cast<size_t>(biases) + size_t{mixture} +
                       size_t{adds};
  in.expect_operands(count, count);
  record.by_x.leading = in.stride("ldX'");
  record.x.leading = in.stride("ldX");
  record.upstream.leading = in.stride("ldUpstream");
  record.added.leading = in.stride("ldAdded");
  for (int i = 0; i < kNetworkLayers; i++) {
    record.by_weight[i].group = in.stride("a stride");
    record.by_bias[i].group = in.stride("a stride");
  }
  record.by_x.group = in.stride("a stride");
  record.by_z.group = in.stride("a stride");
  record.x.group = in.stride("a stride");
  for (int i = 0; i < kNetworkLayers; i++) {
    record.weight[i].group = in.stride("a stride");
    if (i < biases) record.bias[i].group = in.stride("a stride");
  }
  if (mixture) record.z.group = in.stride("a stride");
  record.upstream.group = in.stride("a stride");
  if (adds) record.added.group = in.stride("a stride");
  Operands operands(in, record);
  for (int i = 0; i < kNetworkLayers; i++) {
    if (is_requested[2 * i]) {
      require_separate_groups(in, record, record.by_weight[i].group);
      operands.take(record.by_weight[i], record.widths[i + 1],
                    record.widths[i]);
    }
    if (is_requested[2 * i + 1]) {
      require_separate_groups(in, record, record.by_bias[i].group);
      operands.take(record.by_bias[i], record.widths[i + 1], 1);
    }
  }
  if (is_requested[kResults - 2]) {
    operands.take(record.by_x, record.widths[0], record.batch);
    if (record.by_x.group == 0 && record.groups > 1) {
      // The contributions of all groups are stored and then added.
      const size_t operand = record.by_x.operand;
      const int64_t dims[] = {2, record.groups, record.widths[0], record.batch};
      record.moved.push_back(
          {operand,
           static_cast<double>(in.product(dims)) +
               static_cast<double>(in.operand(operand).extent),
           operand});
    }
  }
  if (is_requested[kResults - 1]) {
    require_separate_groups(in, record, record.by_z.group);
    operands.take(record.by_z, 1, record.batch);
  }
  operands.take(record.x, record.widths[0], record.batch);
  for (int i = 0; i < kNetworkLayers; i++) {
    operands.take(record.weight[i], record.widths[i + 1], record.widths[i]);
    if (i < biases) operands.take(record.bias[i], record.widths[i + 1], 1);
  }
  if (mixture) operands.take(record.z, 1, record.batch);
  operands.take(record.upstream, record.outputs(), record.batch);
  if (adds) operands.take(record.added, record.widths[1], record.batch);
}

// Counts products with the weights. The gradient computes the layers again, and
// the last one for a mixture.
double flops(const NetworkRecord& record) {
  const int first = record.by_x.data == nullptr ? 2 : 3;
  const int times[] = {first, 3, record.components > 0 ? 3 : 2};
  double products = 0;
  for (int i = 0; i < kNetworkLayers; i++) {
    const bool once = record.result == NetworkResult::kOutputs;
    products += (once ? 1 : times[i]) *
                static_cast<double>(record.widths[i] * record.widths[i + 1]);
  }
  return 2 * static_cast<double>(record.groups) *
         static_cast<double>(record.batch) * products;
}

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

NetworkRecord read_network(RecordReader& in, NetworkResult result) {
  NetworkRecord record;
  record.result = result;
  record.groups = in.dimension("groups");
  for (int64_t& width : record.widths) {
    width = in.integer("a width", 1, kMaxNetworkRoom);
  }
  record.batch = in.dimension("B");
  for (int i = 0; i < kNetworkLayers - 1; i++) {
    record.activation[i] =
        static_cast<Activation>(in.integer("an activation", 1, 2));
  }
  record.components = in.integer("components", 0, kMaxNetworkRoom);
  const bool mixture = record.components > 0;
  const bool gradient = result == NetworkResult::kGradient;
  const size_t reals = kNetworkLayers - 1 + (mixture ? 2 : 0);
  in.expect_reals(reals + size_t{gradient});
  record.order = NetworkTarget::kNone;
  record.scale = gradient ? static_cast<float>(in.real(reals)) : 1.0f;
  if (mixture && record.widths[kNetworkLayers] != 3 * record.components) {
    in.refuse("a component has three outputs");
  }
  for (int i = 0; i < kNetworkLayers - 1; i++) {
    record.slope[i] = static_cast<float>(in.real(static_cast<size_t>(i)));
  }
  record.log_scale_min = record.log_scale_max = 0;
  if (mixture) {
    record.log_scale_min = static_cast<float>(in.real(kNetworkLayers - 1));
    record.log_scale_max = static_cast<float>(in.real(kNetworkLayers));
    if (!(record.log_scale_min < record.log_scale_max)) {
      in.refuse("logScaleMin must be below logScaleMax");
    }
  }
  if (record.room() > kMaxNetworkRoom || record.tiles() > kMaxNetworkTiles) {
    in.refuse("the network is too large for it");
  }
  for (int i = 0; i < kNetworkLayers; i++) {
    record.weight[i].leading = record.by_weight[i].leading = record.widths[i];
    record.bias[i].leading = record.by_bias[i].leading = 1;
  }
  if (gradient) {
    read_gradient(in, record);
  } else {
    read_outputs(in, record);
  }
  in.end_of_integers();
  record.flops = flops(record);
  return record;
}

}  // namespace interlatent
