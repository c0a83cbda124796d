// gru and its gradient.
#include "cuda/kernels/recurrence.h"
#include "math/gates.h"

namespace interlatent::cuda {
namespace {

struct GruCell {
  static constexpr int kGates = kGruGates;
  static constexpr int kSaved = kGruSaved;
  static constexpr int kSlopes = kGruSlopes;
  static constexpr int kBiases = 1;
  static constexpr int kCarried = 0;  // row of h in the saved values

  // Sums are those of the previous states and the biases, `kSubjects` apart.
  __device__ static void step(const float (&gates)[kGates], const float* sums,
                              bool counts, float& h, float&,
                              float (&saved)[kSaved]) {
    const float product = sums[2 * recurrence::kSubjects];
    const float r = gate(gates[0] + sums[0]);
    const float z = gate(gates[1] + sums[recurrence::kSubjects]);
    const float n = squashed(gates[2] + r * product);
    h = counts ? (1 - z) * n + z * h : h;
    saved[0] = h;
    saved[1] = counts ? r : 0;
    saved[2] = counts ? z : 0;
    saved[3] = counts ? n : 0;
    saved[4] = counts ? product : 0;
  }

  // The slopes by the gates, and by the product that r multiplies, are
  // multiples of the slope by h.
  struct Factors {
    float of_r, of_z, of_n, of_product, before;
    float upstream;
    bool counts;

    __device__ explicit Factors(const recurrence::Time<GruCell>& time)
        : upstream(time.upstream), counts(time.step > 0) {
      const float r = time.saved[1], z = time.saved[2], n = time.saved[3];
      of_n = (1 - z) * (1 - n * n);
      of_r = of_n * time.saved[4] * r * (1 - r);
      of_z = (time.before - n) * z * (1 - z);
      of_product = of_n * r;
      before = z;
    }

    // Afterwards by_h is that of the previous time, without what the weights
    // contribute.
    __device__ void apply(float& by_h, float&, float (&slopes)[kSlopes]) const {
      slopes[0] = by_h * of_r;
      slopes[1] = by_h * of_z;
      slopes[2] = by_h * of_n;
      slopes[3] = by_h * of_product;
      by_h *= before;
    }
  };
};

}  // namespace

extern const KernelFactory make_gru =
    make_kernel<recurrence::Recurrence<GruCell>, RecurrenceRecord>;

}  // namespace interlatent::cuda
