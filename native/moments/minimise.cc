#include "moments/minimise.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace interlatent::moments {
namespace {

using Vector = std::vector<double>;

constexpr size_t kMemory = 10;
constexpr uint32_t kMaxLineTrials = 20;
// Conditions of Wolfe: sufficient decrease, and curvature.
constexpr double kDecrease = 1e-4;
constexpr double kCurvature = 0.9;

double product(const Vector& a, const Vector& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); i++) sum += a[i] * b[i];
  return sum;
}

double largest(const Vector& values) {
  double max = 0;
  for (const double value : values) max = std::max(max, std::abs(value));
  return max;
}

// The last steps and the changes of the gradient.
class Curvatures {
 public:
  void add(Vector step, Vector change) {
    const double scale = product(step, change);
    if (!(scale > 1e-14 * product(change, change))) return;
    if (pairs_.size() == kMemory) pairs_.erase(pairs_.begin());
    pairs_.push_back({std::move(step), std::move(change), 1 / scale});
  }

  bool is_empty() const { return pairs_.empty(); }
  void clear() { pairs_.clear(); }

  // Returns minus the gradient times the approximate inverse Hessian.
  Vector direction(const Vector& gradient) const {
    Vector result = gradient;
    std::vector<double> factors(pairs_.size());
    for (size_t i = pairs_.size(); i-- > 0;) {
      factors[i] = pairs_[i].scale * product(pairs_[i].step, result);
      add_scaled(result, -factors[i], pairs_[i].change);
    }
    if (!pairs_.empty()) {
      const Pair& last = pairs_.back();
      const double scale = 1 / (last.scale * product(last.change, last.change));
      for (double& value : result) value *= scale;
    }
    for (size_t i = 0; i < pairs_.size(); i++) {
      const double factor = pairs_[i].scale * product(pairs_[i].change, result);
      add_scaled(result, factors[i] - factor, pairs_[i].step);
    }
    for (double& value : result) value = -value;
    return result;
  }

 private:
  struct Pair {
    Vector step, change;
    double scale;
  };

  static void add_scaled(Vector& target, double factor, const Vector& source) {
    for (size_t i = 0; i < target.size(); i++) target[i] += factor * source[i];
  }

  std::vector<Pair> pairs_;
};

// A point on the line: step length, value, and slope.
struct Trial {
  double length, value, slope;
};

// Returns the minimum of the cubic through two trials, kept inside the interval
// between them.
double between(const Trial& a, const Trial& b) {
  const double d1 =
      a.slope + b.slope - 3 * (a.value - b.value) / (a.length - b.length);
  const double square = d1 * d1 - a.slope * b.slope;
  const double low = std::min(a.length, b.length);
  const double span = std::abs(b.length - a.length);
  const double middle = low + span / 2;
  if (!(square >= 0) || !std::isfinite(b.value)) {
    return std::isfinite(b.value) ? middle : low + span / 10;
  }
  const double d2 = std::copysign(std::sqrt(square), b.length - a.length);
  const double minimum = b.length - (b.length - a.length) *
                                        (b.slope + d2 - d1) /
                                        (b.slope - a.slope + 2 * d2);
  if (!std::isfinite(minimum)) return middle;
  return std::clamp(minimum, low + 0.1 * span, low + 0.9 * span);
}

class Line {
 public:
  Line(const Differentiable& function, const Vector& origin,
       const Vector& direction)
      : function_(function), origin_(origin), direction_(direction) {}

  Trial at(double length) {
    point = origin_;
    for (size_t i = 0; i < point.size(); i++)
      point[i] += length * direction_[i];
    const double value = function_(point, gradient);
    return {length, value, product(gradient, direction_)};
  }

  // Finds a step that satisfies both conditions of Wolfe. Leaves its point and
  // gradient here. Returns a trial that is not lower than the start if there is
  // none.
  Trial search(const Trial& start, double length) {
    const auto decreases = [&](const Trial& trial) {
      return trial.value <=
             start.value + kDecrease * trial.length * start.slope;
    };
    const auto is_flat = [&](const Trial& trial) {
      return std::abs(trial.slope) <= -kCurvature * start.slope;
    };
    Trial low = start;
    Trial high = start;
    bool is_bracketed = false;
    for (uint32_t i = 0; i < kMaxLineTrials; i++) {
      const Trial trial = at(is_bracketed ? between(low, high) : length);
      if (!decreases(trial) || trial.value >= low.value) {
        high = trial;
        is_bracketed = true;
      } else {
        if (is_flat(trial)) return trial;
        if (is_bracketed ? trial.slope * (high.length - low.length) >= 0
                         : trial.slope >= 0) {
          high = low;
          is_bracketed = true;
        }
        low = trial;
        length = 2.5 * trial.length;
      }
    }
    return at(low.length);
  }

  Vector point, gradient;

 private:
  const Differentiable& function_;
  const Vector& origin_;
  const Vector& direction_;
};

}  // namespace

double minimise(const Differentiable& function, Vector& point,
                const Limits& limits) {
  Vector gradient(point.size());
  double value = function(point, gradient);
  Curvatures curvatures;
  for (uint32_t i = 0; i < limits.iterations; i++) {
    if (!(largest(gradient) > limits.gradient)) break;
    Vector direction = curvatures.direction(gradient);
    double slope = product(gradient, direction);
    if (!(slope < 0)) {
      curvatures.clear();
      direction = curvatures.direction(gradient);
      slope = product(gradient, direction);
    }
    const double length =
        curvatures.is_empty() ? std::min(1.0, 1 / std::sqrt(-slope)) : 1;
    Line line(function, point, direction);
    const Trial trial = line.search({0, value, slope}, length);
    if (!(trial.value < value)) {
      // Directions of an old curvature may point uphill by rounding.
      if (curvatures.is_empty()) break;
      curvatures.clear();
      continue;
    }
    Vector step(point.size()), change(point.size());
    for (size_t k = 0; k < point.size(); k++) {
      step[k] = line.point[k] - point[k];
      change[k] = line.gradient[k] - gradient[k];
    }
    const double decrease = value - trial.value;
    point = std::move(line.point);
    gradient = std::move(line.gradient);
    value = trial.value;
    if (decrease < limits.decrease) break;
    curvatures.add(std::move(step), std::move(change));
  }
  return value;
}

}  // namespace interlatent::moments
