// The search on moments: gradients against finite differences, closed forms,
// and the same result for every number of threads.
#include <atomic>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "error.h"
#include "moments/likelihood.h"
#include "moments/minimise.h"
#include "moments/orders.h"
#include "moments/pooled.h"
#include "moments/random.h"
#include "moments/regression.h"
#include "moments/rotations.h"
#include "moments/search.h"
#include "moments/toggles.h"

namespace interlatent::moments {
namespace {

using Vector = std::vector<double>;

// A covariance with eigenvalues of at least 0.3.
Vector random_covariance(uint32_t size, Random& random) {
  Vector factor(size * size), covariance(size * size);
  for (double& value : factor) value = random.normal() / std::sqrt(size);
  for (uint32_t i = 0; i < size; i++) {
    for (uint32_t j = 0; j < size; j++) {
      covariance[i * size + j] = i == j ? 0.3 : 0;
      for (uint32_t k = 0; k < size; k++) {
        covariance[i * size + j] += factor[i * size + k] * factor[j * size + k];
      }
    }
  }
  return covariance;
}

// Two modalities, four environments, two terms, and gates of every effect.
Problem random_problem(uint64_t seed) {
  Random random(seed, 1);
  Problem problem;
  problem.blocks = {3, 2};
  problem.terms = 2;
  const uint32_t latents = problem.latents(), size = problem.size();
  for (uint32_t e = 0; e < 4; e++) {
    Environment environment{0.25, Vector(size), {}};
    for (double& value : environment.mean) value = random.normal();
    environment.covariance = random_covariance(size, random);
    problem.environments.push_back(std::move(environment));
  }
  problem.gates = {{Effect::kSoft, {1}},
                   {Effect::kPerfect, {2}},
                   {Effect::kSoft, {2, 3}},
                   {Effect::kShift, {0}},
                   {Effect::kShift, {1}}};
  const size_t gates = problem.gates.size();
  problem.allowed_edges.assign(latents * latents, 1);
  problem.allowed_gates.assign(gates * latents, 1);
  problem.known_gates.assign(gates * latents, 0);
  problem.edge_prices.assign(latents * latents, 0.01);
  problem.gate_prices.assign(gates, 0.02);
  problem.order_is_free = true;
  problem.seed = seed;
  return problem;
}

Structure random_structure(const Problem& problem, Random& random) {
  const uint32_t latents = problem.latents();
  Structure structure{ordered_edges(problem, random.permutation(latents)),
                      std::vector<uint8_t>(problem.gates.size() * latents)};
  for (uint8_t& edge : structure.edges) edge &= random.below(4) != 0;
  for (uint8_t& gate : structure.gates) gate = random.below(3) == 0;
  return structure;
}

void check_gradients() {
  for (uint64_t seed = 0; seed < 20; seed++) {
    const Problem problem = random_problem(seed);
    Random random(seed, 2);
    const Structure structure = random_structure(problem, random);
    const Grouping grouping(problem);
    PooledMoments moments(problem);
    Likelihood likelihood(problem, grouping, moments, structure);
    Vector numbers = random_rotations(blocks_of(problem), random);
    for (double& value : numbers) value += 0.3 * random.normal();
    Vector gradient, unused;
    likelihood(numbers, gradient);
    for (size_t i = 0; i < numbers.size(); i++) {
      const double step = 1e-5, value = numbers[i];
      numbers[i] = value + step;
      const double above = likelihood(numbers, unused);
      numbers[i] = value - step;
      const double below = likelihood(numbers, unused);
      numbers[i] = value;
      CHECK_NEAR(gradient[i], (above - below) / (2 * step), 1e-6, 1e-7);
    }
  }
}

// Changes at fixed maps are those of the likelihood.
void check_toggles() {
  for (uint64_t seed = 0; seed < 6; seed++) {
    const Problem problem = random_problem(seed);
    const uint32_t latents = problem.latents();
    Random random(seed, 3);
    const Grouping grouping(problem);
    PooledMoments moments(problem);
    const Vector numbers = random_rotations(blocks_of(problem), random);
    Structure structure = random_structure(problem, random);
    const auto objective = [&] {
      Vector gradient;
      Likelihood likelihood(problem, grouping, moments, structure);
      return likelihood(numbers, gradient) + price(problem, structure);
    };
    Toggles toggles(problem, grouping, numbers, structure);
    for (int change = 0; change < 8; change++) {
      const double before = objective();
      const uint32_t i = random.below(latents), j = random.below(latents);
      const uint32_t gate = random.below(5);
      const bool is_edge = i != j && random.below(2) == 0;
      const double expected =
          is_edge ? toggles.edge(i, j) : toggles.gate(gate, i);
      if (is_edge) {
        structure.edges[i * latents + j] ^= 1;
        toggles.toggle_edge(i, j);
      } else {
        structure.gates[gate * latents + i] ^= 1;
        toggles.toggle_gate(gate, i);
      }
      CHECK_NEAR(objective() - before, expected, 1e-9, 1e-9);
      CHECK(toggles.structure() == structure);
    }
  }
}

void check_regression() {
  // Variable 0 on 1 and 2 with covariance 0 between these, on a constant, and
  // twice on the same.
  const Vector covariance{2, 1, 0.5, 0, 1, 4, 0, 0, 0.5, 0, 1, 0, 0, 0, 0, 0};
  const auto entry = [&](uint32_t i, uint32_t j) {
    return covariance[i * 4 + j];
  };
  Regression regression;
  regression.fit(0, {1, 2}, entry);
  CHECK_NEAR(regression.slopes[0], 0.25, 1e-8, 0);
  CHECK_NEAR(regression.slopes[1], 0.5, 1e-8, 0);
  CHECK_NEAR(regression.variance, 2 - 0.25 - 0.25, 1e-8, 0);
  regression.fit(0, {3, 1}, entry);
  CHECK_NEAR(regression.slopes[0], 0, 0, 0);
  CHECK_NEAR(regression.variance, 1.75, 1e-8, 0);
  regression.fit(0, {1, 1}, entry);
  CHECK_NEAR(regression.slopes[0] + regression.slopes[1], 0.25, 1e-6, 0);
  CHECK_NEAR(regression.variance, 1.75, 1e-8, 0);
  regression.fit(1, {1}, entry);
  CHECK(regression.variance > 0);
}

void check_minimise() {
  // The function of Rosenbrock in eight dimensions, infinite far away.
  const auto rosenbrock = [](const Vector& x, Vector& gradient) {
    gradient.assign(x.size(), 0);
    double sum = 0;
    for (size_t i = 0; i + 1 < x.size(); i++) {
      if (std::abs(x[i]) > 3) return std::numeric_limits<double>::infinity();
      const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
      sum += 100 * a * a + b * b;
      gradient[i] -= 400 * a * x[i] + 2 * b;
      gradient[i + 1] += 200 * a;
    }
    return sum;
  };
  Vector point(8, -1.2);
  const double value = minimise(rosenbrock, point, {500, 1e-9, 0});
  CHECK(value < 1e-12);
  for (const double x : point) CHECK_NEAR(x, 1, 1e-5, 0);
  Vector same = point;
  minimise(rosenbrock, same, {0});
  CHECK(same == point);
}

// Varimax finds directions that each move one value.
void check_sparse_rotations() {
  Random random(4, 4);
  Problem problem;
  problem.blocks = {4};
  const Vector rotation = random_rotations(blocks_of(problem), random);
  for (uint32_t e = 0; e < 4; e++) {
    Environment environment{0.25, Vector(4), Vector(16)};
    for (uint32_t i = 0; i < 4; i++) {
      environment.covariance[i * 5] = 1;
      if (e > 0) environment.mean[i] = (1.0 + e) * rotation[(e - 1) * 4 + i];
    }
    problem.environments.push_back(environment);
    if (e > 0) problem.gates.push_back({Effect::kSoft, {e}});
  }
  const Vector sparse = sparse_rotations(problem);
  for (uint32_t e = 1; e < 4; e++) {
    double largest = 0;
    for (uint32_t i = 0; i < 4; i++) {
      double moved = 0;
      for (uint32_t k = 0; k < 4; k++) {
        moved += sparse[i * 4 + k] * rotation[(e - 1) * 4 + k];
      }
      largest = std::max(largest, std::abs(moved));
    }
    CHECK(largest > 0.95);
  }
}

bool is_same(const Fit& a, const Fit& b) {
  return a.maps == b.maps && a.structure == b.structure &&
         a.objective == b.objective && a.likelihood == b.likelihood;
}

void check_search() {
  Problem problem = random_problem(1);
  if (testing::kSanitized) {
    problem.blocks = {2, 1};
    problem.terms = 4;
    problem.allowed_edges.resize(9);
    problem.edge_prices.resize(9);
    problem.allowed_gates.resize(15);
    problem.known_gates.resize(15);
  }
  const auto first = search(problem, {});
  std::atomic<double> progress{0};
  SearchOptions options{3, [] { return false; }, &progress};
  const auto second = search(problem, options);
  CHECK(first.size() == second.size());
  for (size_t i = 0; i < first.size(); i++) CHECK(is_same(first[i], second[i]));
  CHECK_NEAR(progress.load(), 1, 1e-9, 0);
  for (const Fit& fit : first) {
    Vector gradient;
    const double cost = evaluate(problem, fit.maps, fit.structure, gradient);
    CHECK_NEAR(cost, -fit.likelihood, 1e-6, 0);
    CHECK_NEAR(cost + price(problem, fit.structure), fit.objective, 1e-6, 0);
    for (const double value : gradient) CHECK_NEAR(value, 0, 0, 1e-3);
    // The graph has no cycle.
    CHECK(order_of(fit.structure.edges, problem.latents()).size() ==
          problem.latents());
  }
}

void check_given_order() {
  Problem problem = random_problem(2);
  problem.order_is_free = false;
  const uint32_t latents = problem.latents();
  problem.known_gates[0] = 1;
  problem.allowed_gates[latents] = 0;
  for (const Fit& fit : search(problem, {})) {
    for (uint32_t i = 0; i < latents; i++) {
      for (uint32_t j = i; j < latents; j++) {
        CHECK(fit.structure.edges[i * latents + j] == 0);
      }
    }
    CHECK(fit.structure.gates[0] == 1);
    CHECK(fit.structure.gates[latents] == 0);
  }
}

std::string code_of(const Problem& problem, const SearchOptions& options) {
  try {
    search(problem, options);
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

void check_errors() {
  std::atomic<int> calls{0};
  SearchOptions options{2, [&] { return ++calls > 50; }, nullptr};
  CHECK(code_of(random_problem(3), options) == "cancelled");
  Problem problem = random_problem(3);
  problem.environments[1].mean[0] = std::nan("");
  CHECK(code_of(problem, {}) == "invalid-argument");
  problem = random_problem(3);
  problem.gates[4].members = {2};
  CHECK(code_of(problem, {}) == "invalid-argument");
  problem = random_problem(3);
  problem.blocks = {3, 0xffffffff};
  CHECK(code_of(problem, {}) == "invalid-argument");
}

}  // namespace
}  // namespace interlatent::moments

int main() {
  using namespace interlatent::moments;
  check_gradients();
  check_toggles();
  check_regression();
  check_minimise();
  check_sparse_rotations();
  check_search();
  check_given_order();
  check_errors();
  return interlatent::testing::summary("moments");
}
