// The Gaussian-mixture flow: a thread computes one column of one group.
#include "cuda/kernel.h"
#include "cuda/kernels/mixture_column.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 128;

struct MixtureLaunch {
  Blocks blocks;
  Located<float> out;
  Located<const float> z, theta, upstream;
  int64_t groups, components, batch;
  MixtureLimits limits;
};

// Returns the point from both tails, which are sums over the components.
__device__ MixturePoint point_of(const MixtureColumn& column,
                                 const MixtureSoftmax& weights) {
  float below = 0;
  float above = 0;
  for (int64_t k = 0; k < column.components; k++) {
    const NormalPoint point = normal_point(column.component(k).e);
    const float weight = weights.weight(column.logit(k));
    below += weight * point.below;
    above += weight * point.above;
  }
  return mixture_point(below, above);
}

__device__ void sensitivity(const MixtureColumn& column) {
  const MixtureSoftmax weights = mixture_weights(column);
  const MixturePoint point = point_of(column, weights);
  const float inverse = point.inverse_density;
  float by_z = 0;
  for (int64_t k = 0; k < column.components; k++) {
    const MixtureComponent c = column.component(k);
    const MixtureGradient g = mixture_gradient(
        point, weights.weight(column.logit(k)), c, normal_point(c.e));
    const float by_mean = g.mean * inverse;
    column.store(k, g.logit * inverse, by_mean, g.log_scale * inverse);
    by_z -= by_mean;
  }
  *column.out = by_z;
}

// With S = grad F / phi(epsilon): grad (S · u) =
// (derivative of grad F along u) / phi + S (S · u) epsilon.
__device__ void sensitivity_gradient(const MixtureColumn& column) {
  const MixtureSoftmax weights = mixture_weights(column);
  const MixturePoint point = point_of(column, weights);
  const float inverse = point.inverse_density;
  float mean_logit = 0;
  float along = 0;  // derivative of F along u
  for (int64_t k = 0; k < column.components; k++) {
    const MixtureComponent c = column.component(k);
    const MixtureDirection u = column.direction(k);
    const NormalPoint normal = normal_point(c.e);
    const float weight = weights.weight(column.logit(k));
    mean_logit += weight * u.logit;
    along +=
        weight * (mixture_excess(point, normal.below, normal.above) * u.logit +
                  normal.density * mixture_error_along(c, u));
  }
  const float bend = along * inverse * point.epsilon;
  float by_z = 0;
  for (int64_t k = 0; k < column.components; k++) {
    const MixtureComponent c = column.component(k);
    const MixtureDirection u = column.direction(k);
    const NormalPoint normal = normal_point(c.e);
    const float weight = weights.weight(column.logit(k));
    const MixtureGradient g = mixture_gradient(point, weight, c, normal);
    const MixtureGradient h =
        mixture_gradient_along(point, weight, c, normal, u, mean_logit, along);
    const float by_mean = (h.mean + g.mean * bend) * inverse;
    column.store(k, (h.logit + g.logit * bend) * inverse, by_mean,
                 (h.log_scale + g.log_scale * bend) * inverse);
    by_z -= by_mean;
  }
  *column.out = by_z;
}

template <MixtureResult kResult>
__global__ void mixture_kernel(MixtureLaunch launch) {
  await_predecessors();
  constexpr bool single = kResult == MixtureResult::kLogDensity ||
                          kResult == MixtureResult::kEpsilon;
  constexpr bool full_upstream = kResult == MixtureResult::kSensitivityGradient;
  const int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  const int64_t columns = launch.groups * launch.batch;
  if (index >= columns * launch.blocks.count) return;
  const Place place =
      launch.blocks.place(static_cast<uint32_t>(index / columns));
  const int64_t i = index % launch.batch;
  const int64_t group = index % columns / launch.batch;
  const int64_t rows = 1 + 3 * launch.components;
  MixtureColumn column;
  column.out =
      launch.out.at(place) + group * (single ? 1 : rows) * launch.batch + i;
  column.z_row = launch.z.at(place) + group * launch.batch + i;
  column.theta = launch.theta.at(place) + group * (rows - 1) * launch.batch + i;
  column.rows = column.out + launch.batch;
  column.upstream = nullptr;
  if (launch.upstream.first != nullptr) {
    column.upstream = launch.upstream.at(place) +
                      group * (full_upstream ? rows : 1) * launch.batch + i;
  }
  column.components = launch.components;
  column.pitch = launch.batch;
  column.limits = launch.limits;
  if constexpr (kResult == MixtureResult::kLogDensity) {
    float by_z;
    mixture_log_density(column, 0, false, 1, *column.out, by_z);
  } else if constexpr (kResult == MixtureResult::kLogDensityGradient) {
    float value;
    mixture_log_density(column, 0, true, 1, value, *column.out);
  } else if constexpr (kResult == MixtureResult::kEpsilon) {
    *column.out = point_of(column, mixture_weights(column)).epsilon;
  } else if constexpr (kResult == MixtureResult::kSensitivity) {
    sensitivity(column);
  } else {
    sensitivity_gradient(column);
  }
}

class Mixture final : public Kernel {
 public:
  Mixture(RecordReader& in, const MixtureRecord& record,
          const Preparation& preparation)
      : Kernel(in, record, preparation), kernel_(kernel_of(record.result)) {
    launch_.blocks = blocks_;
    launch_.out = locate(in, preparation, 0, record.out);
    launch_.z = locate(in, preparation, 1, record.z);
    launch_.theta = locate(in, preparation, 2, record.theta);
    launch_.upstream = locate(in, preparation, 3, record.upstream);
    launch_.groups = record.groups;
    launch_.components = record.components;
    launch_.batch = record.batch;
    launch_.limits = {record.log_scale_min, record.log_scale_max};
    const int64_t all[] = {record.groups, record.batch, preparation.blocks};
    grid_ = grid_size(in, (in.product(all) - 1) / kThreads + 1, 1);
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    IL_LAUNCH(kernel_, grid_, kThreads, 0, stream, launch_);
  }

 private:
  using Function = void (*)(MixtureLaunch);

  static Function kernel_of(MixtureResult result) {
    switch (result) {
      case MixtureResult::kLogDensity:
        return mixture_kernel<MixtureResult::kLogDensity>;
      case MixtureResult::kLogDensityGradient:
        return mixture_kernel<MixtureResult::kLogDensityGradient>;
      case MixtureResult::kEpsilon:
        return mixture_kernel<MixtureResult::kEpsilon>;
      case MixtureResult::kSensitivity:
        return mixture_kernel<MixtureResult::kSensitivity>;
      case MixtureResult::kSensitivityGradient:
        break;
    }
    return mixture_kernel<MixtureResult::kSensitivityGradient>;
  }

  Function kernel_;
  unsigned grid_ = 1;
  MixtureLaunch launch_{};
};

}  // namespace

extern const KernelFactory make_mixture = make_kernel<Mixture, MixtureRecord>;

}  // namespace interlatent::cuda
