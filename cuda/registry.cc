// The table of kernels.
#include "cuda/kernel.h"

namespace interlatent {
namespace {

struct Row {
  std::string_view name;
  KernelFactory factory;
};

template <MixtureResult kResult>
std::unique_ptr<Kernel> mixture(RecordReader& in,
                                const Preparation& preparation) {
  return make_mixture(in, preparation, kResult);
}

template <DeterminantResult kResult>
std::unique_ptr<Kernel> determinant(RecordReader& in,
                                    const Preparation& preparation) {
  return make_determinant(in, preparation, kResult);
}

template <JacobianResult kResult>
std::unique_ptr<Kernel> jacobian(RecordReader& in,
                                 const Preparation& preparation) {
  return make_jacobian(in, preparation, kResult);
}

constexpr Row kRows[] = {
    {"adam", make_adam},
    {"average", make_average},
    {"detSign", determinant<DeterminantResult::kSign>},
    {"gather", make_gather},
    {"guard", make_guard},
    {"logAbsDet", determinant<DeterminantResult::kLogAbs>},
    {"logAbsDetGrad", determinant<DeterminantResult::kLogAbsGradient>},
    {"map", make_map},
    {"matmul", make_matmul},
    {"meanAbsJacobian", jacobian<JacobianResult::kMean>},
    {"meanAbsJacobianGrad", jacobian<JacobianResult::kGradient>},
    {"mixtureEpsilon", mixture<MixtureResult::kEpsilon>},
    {"mixtureLogDensity", mixture<MixtureResult::kLogDensity>},
    {"mixtureLogDensityGrad", mixture<MixtureResult::kLogDensityGradient>},
    {"mixtureSensitivity", mixture<MixtureResult::kSensitivity>},
    {"mixtureSensitivityGrad", mixture<MixtureResult::kSensitivityGradient>},
    {"random", make_random},
    {"reduce", make_reduce},
};

}  // namespace

KernelFactory find_kernel(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.factory;
  }
  return nullptr;
}

}  // namespace interlatent
