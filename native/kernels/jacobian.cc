// meanAbsJacobian and its gradient: the Jacobian penalty as the CUDA backend
// has it. The CPU's own programs compute it by general operations, which fuse
// with their neighbours; here a task takes a latent of a run.
#include <algorithm>
#include <cmath>

#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

// Subjects at a time.
constexpr int64_t kColumns = 64;

// A row per unit of a layer, of as many columns as there are subjects.
struct Rows {
  float* data;
  float* operator[](int64_t row) const { return data + row * kColumns; }
};

// target = sum over k of weight(k) x source(k), column by column.
template <class Weight, class Source>
void combine(float* target, int64_t terms, int64_t columns,
             const Weight& weight, const Source& source) {
  std::fill(target, target + columns, 0.0f);
  for (int64_t k = 0; k < terms; k++) {
    const float factor = weight(k);
    const float* row = source(k);
    for (int64_t c = 0; c < columns; c++) target[c] += factor * row[c];
  }
}

class Jacobian final : public Kernel {
 public:
  Jacobian(RecordReader& in, JacobianResult result)
      : record_(read_jacobian(in, result)) {
    tasks_ = task_count(in, record_.groups, 1);
    const int64_t rows = 5 * record_.hidden + record_.parents + 1;
    scratch_bytes_ = static_cast<size_t>(rows * kColumns) * sizeof(float);
    flops_ = record_.flops;
    written_ = record_.written;
  }

  void run(uint32_t task, const Place& place, const Worker& worker,
           Step&) override {
    const auto group = int64_t{task};
    const int64_t hidden = record_.hidden;
    Latent latent;
    const int64_t skipped = (record_.rows - record_.size) * record_.batch;
    latent.s = record_.sensitivity + shift(1, place) +
               group * record_.rows * record_.batch + skipped;
    latent.first =
        record_.first + shift(2, place) + group * hidden * record_.batch;
    latent.second =
        record_.second + shift(3, place) + group * hidden * record_.batch;
    latent.w0 =
        record_.weight[0] + shift(4, place) + group * hidden * record_.parents;
    latent.w1 = record_.weight[1] + shift(5, place) + group * hidden * hidden;
    latent.w2 =
        record_.weight[2] + shift(6, place) + group * record_.size * hidden;
    Rows scratch = {reinterpret_cast<float*>(worker.scratch)};
    for (Rows* rows :
         {&latent.u, &latent.a, &latent.v, &latent.da, &latent.dc, &latent.j}) {
      *rows = scratch;
      scratch.data += hidden * kColumns;
    }
    scratch.data = latent.j[record_.parents];
    float* out = record_.out + shift(0, place);
    if (record_.upstream == nullptr) {
      mean(latent, out + group * record_.parents);
      return;
    }
    const float* upstream =
        record_.upstream + shift(7, place) + group * record_.parents;
    Parts parts;
    for (int part = 0; part < kJacobianParts; part++) {
      parts.data[part] = out + part_start(record_.gradient, group, part);
    }
    float* by_others = parts.data[kBySensitivity];
    std::fill(by_others, by_others + skipped, 0.0f);
    parts.data[kBySensitivity] += skipped;
    gradient(latent, upstream, parts, scratch[0]);
  }

 private:
  struct Latent {
    const float *s, *first, *second, *w0, *w1, *w2;
    Rows u, a, v, da, dc, j;
  };
  struct Parts {
    float* data[kJacobianParts];
  };

  // From the sensitivities of `columns` subjects to their Jacobians.
  void forward(const Latent& l, int64_t start, int64_t columns) const {
    const auto [hidden, batch] = std::pair(record_.hidden, record_.batch);
    for (int64_t h = 0; h < hidden; h++) {
      combine(
          l.u[h], record_.size, columns,
          [&](int64_t k) { return l.w2[k * hidden + h]; },
          [&](int64_t k) { return l.s + k * batch + start; });
      const float* second = l.second + h * batch + start;
      for (int64_t c = 0; c < columns; c++) {
        l.u[h][c] *= leaky_side(second[c], record_.slope);
      }
    }
    for (int64_t h = 0; h < hidden; h++) {
      combine(
          l.a[h], hidden, columns,
          [&](int64_t k) { return l.w1[k * hidden + h]; },
          [&](int64_t k) { return l.u[k]; });
      const float* first = l.first + h * batch + start;
      for (int64_t c = 0; c < columns; c++) {
        l.v[h][c] = l.a[h][c] * tanh_side(first[c]);
      }
    }
    for (int64_t p = 0; p < record_.parents; p++) {
      combine(
          l.j[p], hidden, columns,
          [&](int64_t k) { return l.w0[k * record_.parents + p]; },
          [&](int64_t k) { return l.v[k]; });
    }
  }

  template <class Visit>
  void for_each_block(const Visit& visit) const {
    for (int64_t start = 0; start < record_.batch; start += kColumns) {
      visit(start, std::min(kColumns, record_.batch - start));
    }
  }

  void mean(const Latent& l, float* out) const {
    std::fill(out, out + record_.parents, 0.0f);
    for_each_block([&](int64_t start, int64_t columns) {
      forward(l, start, columns);
      for (int64_t p = 0; p < record_.parents; p++) {
        float total = 0;
        for (int64_t c = 0; c < columns; c++) total += std::fabs(l.j[p][c]);
        out[p] += total;
      }
    });
    for (int64_t p = 0; p < record_.parents; p++) {
      out[p] /= static_cast<float>(record_.batch);
    }
  }

  // `row`: of scratch.
  void gradient(const Latent& l, const float* upstream, const Parts& parts,
                float* row) const {
    const int64_t hidden = record_.hidden;
    const int64_t parents = record_.parents;
    const int64_t batch = record_.batch;
    for (const int part : {kByWeight0, kByWeight1, kByWeight2}) {
      float* sums = parts.data[part];
      std::fill(sums, sums + record_.gradient.length[part], 0.0f);
    }
    for_each_block([&](int64_t start, int64_t columns) {
      forward(l, start, columns);
      for (int64_t p = 0; p < parents; p++) {
        const float share = upstream[p] / static_cast<float>(batch);
        for (int64_t c = 0; c < columns; c++) {
          l.j[p][c] = share * side_of(l.j[p][c]);
        }
      }
      for (int64_t h = 0; h < hidden; h++) {
        combine(
            row, parents, columns,
            [&](int64_t p) { return l.w0[h * parents + p]; },
            [&](int64_t p) { return l.j[p]; });
        const float* first = l.first + h * batch + start;
        float* by_first = parts.data[kByFirst] + h * batch + start;
        for (int64_t c = 0; c < columns; c++) {
          by_first[c] = -2.0f * first[c] * l.a[h][c] * row[c];
          l.da[h][c] = row[c] * tanh_side(first[c]);
        }
      }
      for (int64_t h = 0; h < hidden; h++) {
        combine(
            l.dc[h], hidden, columns,
            [&](int64_t k) { return l.w1[h * hidden + k]; },
            [&](int64_t k) { return l.da[k]; });
        const float* second = l.second + h * batch + start;
        for (int64_t c = 0; c < columns; c++) {
          l.dc[h][c] *= leaky_side(second[c], record_.slope);
        }
      }
      for (int64_t k = 0; k < record_.size; k++) {
        combine(
            parts.data[kBySensitivity] + k * batch + start, hidden, columns,
            [&](int64_t h) { return l.w2[k * hidden + h]; },
            [&](int64_t h) { return l.dc[h]; });
      }
      const auto outer = [&](float* sums, int64_t rows, int64_t width,
                             const auto& left, const Rows& right) {
        for (int64_t i = 0; i < rows; i++) {
          for (int64_t k = 0; k < width; k++) {
            float total = 0;
            for (int64_t c = 0; c < columns; c++) {
              total += left(i)[c] * right[k][c];
            }
            sums[i * width + k] += total;
          }
        }
      };
      const auto v = [&](int64_t i) { return l.v[i]; };
      const auto u = [&](int64_t i) { return l.u[i]; };
      const auto s = [&](int64_t i) { return l.s + i * batch + start; };
      outer(parts.data[kByWeight0], hidden, parents, v, l.j);
      outer(parts.data[kByWeight1], hidden, hidden, u, l.da);
      outer(parts.data[kByWeight2], record_.size, hidden, s, l.dc);
    });
  }

  JacobianRecord record_;
};

}  // namespace

std::unique_ptr<Kernel> make_jacobian(RecordReader& in, const Preparation&,
                                      JacobianResult result) {
  return std::make_unique<Jacobian>(in, result);
}

}  // namespace interlatent
