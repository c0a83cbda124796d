// The table of kernels.
#include "registry.h"

namespace interlatent {
namespace {

struct Row {
  std::string_view name;
  KernelFactory factory;
};

template <MixtureResult kResult>
std::unique_ptr<Kernel> make_mixture(RecordReader& in,
                                     const Preparation& preparation) {
  return interlatent::make_mixture(in, preparation, kResult);
}

template <DeterminantResult kResult>
std::unique_ptr<Kernel> make_determinant(RecordReader& in,
                                         const Preparation& preparation) {
  return interlatent::make_determinant(in, preparation, kResult);
}

template <JacobianResult kResult>
std::unique_ptr<Kernel> make_jacobian(RecordReader& in,
                                      const Preparation& preparation) {
  return interlatent::make_jacobian(in, preparation, kResult);
}

// clang-format off
constexpr Row kRows[] = {
    {"adam", make_adam},
    {"average", make_average},
    {"detSign", make_determinant<DeterminantResult::kSign>},
    {"gather", make_gather},
    {"guard", make_guard},
    {"logAbsDet", make_determinant<DeterminantResult::kLogAbs>},
    {"logAbsDetGrad", make_determinant<DeterminantResult::kLogAbsGradient>},
    {"map", make_map},
    {"matmul", make_matmul},
    {"meanAbsJacobian", make_jacobian<JacobianResult::kMean>},
    {"meanAbsJacobianGrad", make_jacobian<JacobianResult::kGradient>},
    {"mixtureEpsilon", make_mixture<MixtureResult::kEpsilon>},
    {"mixtureLogDensity", make_mixture<MixtureResult::kLogDensity>},
    {"mixtureLogDensityGrad", make_mixture<MixtureResult::kLogDensityGradient>},
    {"mixtureSensitivity", make_mixture<MixtureResult::kSensitivity>},
    {"mixtureSensitivityGrad", make_mixture<MixtureResult::kSensitivityGradient>},
    {"random", make_random},
    {"reduce", make_reduce},
};
// clang-format on

}  // namespace

KernelFactory find_kernel(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.factory;
  }
  return nullptr;
}

}  // namespace interlatent
