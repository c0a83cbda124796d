// lstm and its gradient.
#include "cuda/kernels/recurrence.h"
#include "math/gates.h"

namespace interlatent::cuda {
namespace {

struct LstmCell {
  static constexpr int kGates = kLstmGates;
  static constexpr int kSaved = kLstmSaved;
  static constexpr int kSlopes = kLstmGates;
  static constexpr int kBiases = 0;
  static constexpr int kCarried = 1;  // row of c in the saved values

  // Sums are those of the previous states, `kSubjects` apart.
  __device__ static void step(const float (&gates)[kGates], const float* sums,
                              bool counts, float& h, float& c,
                              float (&saved)[kSaved]) {
    const auto sum = [&](int k) {
      return gates[k] + sums[k * recurrence::kSubjects];
    };
    const float input = gate(sum(0));
    const float forget = gate(sum(1));
    const float cell = squashed(sum(2));
    const float output = gate(sum(3));
    const float next = forget * c + input * cell;
    c = counts ? next : c;
    h = counts ? output * squashed(next) : h;
    saved[0] = h;
    saved[1] = c;
    saved[2] = counts ? input : 0;
    saved[3] = counts ? forget : 0;
    saved[4] = counts ? cell : 0;
    saved[5] = counts ? output : 0;
  }

  // The slopes by the gates and by the previous c are multiples of those by h
  // and c.
  struct Factors {
    float c_by_h, input, forget, cell, output, before;
    float upstream;
    bool counts;

    __device__ explicit Factors(const recurrence::Time<LstmCell>& time)
        : upstream(time.upstream), counts(time.step > 0) {
      const float s = squashed(time.saved[1]);
      const float i = time.saved[2], f = time.saved[3];
      const float g = time.saved[4], o = time.saved[5];
      c_by_h = o * (1 - s * s);
      input = g * i * (1 - i);
      forget = time.before * f * (1 - f);
      cell = i * (1 - g * g);
      output = s * o * (1 - o);
      before = f;
    }

    // Afterwards by_h and by_c are those of the previous time, without what
    // the weights contribute.
    __device__ void apply(float& by_h, float& by_c,
                          float (&slopes)[kSlopes]) const {
      const float c = by_c + by_h * c_by_h;
      slopes[0] = c * input;
      slopes[1] = c * forget;
      slopes[2] = c * cell;
      slopes[3] = by_h * output;
      by_h = 0;
      by_c = c * before;
    }
  };
};

}  // namespace

extern const KernelFactory make_lstm =
    make_kernel<recurrence::Recurrence<LstmCell>, RecurrenceRecord>;

}  // namespace interlatent::cuda
