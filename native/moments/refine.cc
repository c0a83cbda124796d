#include "moments/refine.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "moments/likelihood.h"
#include "moments/orders.h"

namespace interlatent::moments {
namespace {

constexpr uint32_t kFewChanges = 100;
constexpr uint32_t kTrialIterations = 10;
constexpr uint32_t kStepIterations = 60;

// True if the graph has a path from a latent to another one.
bool has_path(const std::vector<uint8_t>& edges, uint32_t latents,
              uint32_t from, uint32_t to) {
  std::vector<bool> is_seen(latents);
  std::vector<uint32_t> todo{from};
  while (!todo.empty()) {
    const uint32_t latent = todo.back();
    todo.pop_back();
    if (latent == to) return true;
    if (is_seen[latent]) continue;
    is_seen[latent] = true;
    for (uint32_t child = 0; child < latents; child++) {
      if (edges[child * latents + latent] != 0) todo.push_back(child);
    }
  }
  return false;
}

}  // namespace

// Edges and gates to toggle, and the change of the objective at fixed maps.
struct Refiner::Change {
  struct Pair {
    uint32_t first, second;  // child and parent, or gate and latent
  };
  std::vector<Pair> edges, gates;
  double gain;
  // True if it only adds an edge or a gate.
  bool is_addition = false;

  void apply(Structure& structure, uint32_t latents) const {
    for (const auto& [child, parent] : edges) {
      structure.edges[child * latents + parent] ^= 1;
    }
    for (const auto& [gate, latent] : gates) {
      structure.gates[gate * latents + latent] ^= 1;
    }
  }
};

Refiner::Refiner(const Problem& problem, const Grouping& grouping,
                 Continue check_cancelled)
    : problem_(problem),
      grouping_(grouping),
      check_cancelled_(std::move(check_cancelled)),
      latents_(problem.latents()),
      block_of_latent_(moments::block_of_latent(blocks_of(problem))),
      moments_(problem) {}

void Refiner::optimise(Candidate& candidate, const Limits& limits) {
  Likelihood likelihood(problem_, grouping_, moments_, candidate.structure);
  candidate.cost = minimise(
      [&](const std::vector<double>& numbers, std::vector<double>& gradient) {
        check_cancelled_();
        return likelihood(numbers, gradient);
      },
      candidate.numbers, limits);
  candidate.objective = candidate.cost + price(problem_, candidate.structure);
}

Candidate Refiner::from_start(const Start& start, uint32_t iterations) {
  Candidate candidate{start.numbers, start.structure};
  if (start.chooses_gates) {
    choose_gates(candidate);
    optimise(candidate, {iterations, 1e-5, 1e-7});
    choose_gates(candidate);
  }
  optimise(candidate, {iterations, 1e-5, 1e-7});
  leave_out_edges(candidate);
  return candidate;
}

void Refiner::leave_out_edges(Candidate& candidate) const {
  const Structure gates_only{{}, candidate.structure.gates};
  candidate.objective = candidate.cost + price(problem_, gates_only);
}

void Refiner::order(Candidate& candidate) {
  std::vector<uint32_t> order = order_of(candidate.structure.edges, latents_);
  bool is_better = true;
  while (is_better) {
    is_better = false;
    for (uint32_t at = 0; at + 1 < latents_; at++) {
      Candidate trial = candidate;
      std::swap(order[at], order[at + 1]);
      if (exchange(trial, order, at)) {
        optimise(trial, {kTrialIterations, 1e-6, 1e-8});
        if (trial.cost < candidate.cost - kMinGain) {
          candidate = std::move(trial);
          is_better = true;
          if (problem_.order_is_free) continue;
        }
      }
      std::swap(order[at], order[at + 1]);
    }
  }
  leave_out_edges(candidate);
}

bool Refiner::exchange(Candidate& candidate, const std::vector<uint32_t>& order,
                       uint32_t at) const {
  Positions positions = ascending(latents_);
  if (problem_.order_is_free) {
    for (uint32_t i = 0; i < latents_; i++) positions[order[i]] = i;
    const auto edges = ordered_edges(problem_, positions);
    if (edges == candidate.structure.edges) return false;
    candidate.structure.edges = edges;
    return true;
  }
  if (block_of_latent_[at] != block_of_latent_[at + 1]) return false;
  std::swap(positions[at], positions[at + 1]);
  auto result = exchanged(problem_, candidate.numbers,
                          candidate.structure.gates, positions);
  if (!result) return false;
  candidate.numbers = std::move(result->numbers);
  candidate.structure.gates = std::move(result->gates);
  return true;
}

void Refiner::choose_gates(Candidate& candidate) {
  Toggles toggles(problem_, grouping_, candidate.numbers, candidate.structure);
  const auto gates = static_cast<uint32_t>(problem_.gates.size());
  for (uint32_t i = 0; i < 2 * gates * latents_; i++) {
    check_cancelled_();
    double best = -kMinGain;
    Change::Pair change{gates, 0};
    for (uint32_t g = 0; g < gates; g++) {
      for (uint32_t latent = 0; latent < latents_; latent++) {
        if (toggles.gate(g, latent) >= best) continue;
        best = toggles.gate(g, latent);
        change = {g, latent};
      }
    }
    if (change.first == gates) break;
    toggles.toggle_gate(change.first, change.second);
  }
  candidate.structure = toggles.structure();
}

bool Refiner::is_order_kept(const Structure& structure,
                            const Change& change) const {
  Structure changed = structure;
  change.apply(changed, latents_);
  for (const auto& [child, parent] : change.edges) {
    if (changed.edges[child * latents_ + parent] == 0) continue;
    if (!problem_.order_is_free && parent > child) return false;
    if (problem_.order_is_free &&
        has_path(changed.edges, latents_, child, parent)) {
      return false;
    }
  }
  return true;
}

std::vector<Refiner::Change> Refiner::changes(Toggles& toggles) const {
  const Structure& structure = toggles.structure();
  std::vector<Change> all;
  const auto keep = [&](Change change) {
    if (is_order_kept(structure, change)) all.push_back(std::move(change));
  };
  for (uint32_t i = 0; i < latents_; i++) {
    for (uint32_t j = 0; j < latents_; j++) {
      const bool is_there = structure.edges[i * latents_ + j] != 0;
      if (is_there || problem_.allowed_edges[i * latents_ + j] != 0) {
        if (i != j) keep({{{i, j}}, {}, toggles.edge(i, j), !is_there});
      }
      for (uint32_t k = 0; is_there && k < latents_; k++) {
        const uint32_t at = i * latents_ + k;
        if (i == k || structure.edges[at] != 0 ||
            problem_.allowed_edges[at] == 0) {
          continue;
        }
        keep({{{i, j}, {i, k}}, {}, toggles.replace_parent(i, j, k)});
      }
      if (is_there && problem_.allowed_edges[j * latents_ + i] != 0) {
        keep({{{i, j}, {j, i}}, {}, toggles.edge(i, j) + toggles.edge(j, i)});
      }
    }
  }
  const auto can_change = [&](uint32_t g, uint32_t i) {
    return problem_.allowed_gates[g * latents_ + i] != 0 &&
           problem_.known_gates[g * latents_ + i] == 0;
  };
  for (uint32_t g = 0; g < problem_.gates.size(); g++) {
    for (uint32_t i = 0; i < latents_; i++) {
      if (!can_change(g, i)) continue;
      const bool is_open = structure.gates[g * latents_ + i] != 0;
      all.push_back({{}, {{g, i}}, toggles.gate(g, i), !is_open});
      if (!is_open) continue;
      for (uint32_t j = 0; j < latents_; j++) {
        if (!can_change(g, j)) continue;
        if (structure.gates[g * latents_ + j] != 0) continue;
        all.push_back(
            {{}, {{g, i}, {g, j}}, toggles.gate(g, i) + toggles.gate(g, j)});
      }
    }
  }
  std::stable_sort(
      all.begin(), all.end(),
      [](const Change& a, const Change& b) { return a.gain < b.gain; });
  return all;
}

bool Refiner::descend(Candidate& candidate) {
  Toggles toggles(problem_, grouping_, candidate.numbers, candidate.structure);
  bool is_changed = false;
  for (uint32_t i = 0; i < 4 * latents_ * latents_; i++) {
    check_cancelled_();
    const std::vector<Change> all = changes(toggles);
    if (all.empty() || all.front().gain >= -kMinGain) break;
    for (const auto& [child, parent] : all.front().edges) {
      toggles.toggle_edge(child, parent);
    }
    for (const auto& [gate, latent] : all.front().gates) {
      toggles.toggle_gate(gate, latent);
    }
    is_changed = true;
  }
  candidate.structure = toggles.structure();
  return is_changed;
}

bool Refiner::step(Candidate& candidate, uint32_t trials,
                   std::vector<Candidate>& ties) {
  Toggles toggles(problem_, grouping_, candidate.numbers, candidate.structure);
  std::vector<Change> all = changes(toggles);
  if (all.size() > trials) all.resize(trials);
  Candidate best{{}, {}, 0, candidate.objective - kMinGain};
  ties.clear();
  for (const Change& change : all) {
    Candidate trial = candidate;
    change.apply(trial.structure, latents_);
    optimise(trial, {kTrialIterations, 1e-6, 1e-8});
    if (trial.objective < best.objective) {
      best = std::move(trial);
    } else if (!change.is_addition &&
               trial.objective < candidate.objective + kTie) {
      ties.push_back(std::move(trial));
    }
  }
  if (best.numbers.empty()) return false;
  candidate = std::move(best);
  return true;
}

std::vector<Candidate> Refiner::refine(Candidate& candidate, uint32_t trials) {
  const Limits limits{kStepIterations, 1e-6, 1e-9};
  optimise(candidate, limits);
  Toggles toggles(problem_, grouping_, candidate.numbers, candidate.structure);
  const bool is_large = changes(toggles).size() > kFewChanges;
  std::vector<Candidate> ties;
  do {
    while (is_large && descend(candidate)) optimise(candidate, limits);
  } while (step(candidate, trials, ties));
  return ties;
}

}  // namespace interlatent::moments
