#include "moments/starts.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>
#include <utility>

#include "moments/orders.h"
#include "moments/random.h"
#include "moments/rotations.h"

namespace interlatent::moments {
namespace {

// Streams of random numbers.
constexpr uint32_t kFirstStream = 0x6d000000, kSecondStream = 0x6d800000;
constexpr uint32_t kChoosingStarts = 8;

// Gates whose targets are unknown, and the latents that each may act on.
struct OpenQuestion {
  uint32_t gate;
  std::vector<uint32_t> latents;
};

std::vector<OpenQuestion> open_questions(const Problem& problem) {
  const uint32_t latents = problem.latents();
  std::vector<OpenQuestion> questions;
  for (uint32_t g = 0; g < problem.gates.size(); g++) {
    OpenQuestion question{g, {}};
    bool is_known = false;
    for (uint32_t i = 0; i < latents; i++) {
      is_known |= problem.known_gates[g * latents + i] != 0;
      if (problem.allowed_gates[g * latents + i] != 0) {
        question.latents.push_back(i);
      }
    }
    if (!is_known && !question.latents.empty()) questions.push_back(question);
  }
  return questions;
}

using Assignment = std::vector<uint32_t>;  // latent by question

// Returns all assignments, or nothing if there are more than `max`.
std::vector<Assignment> all_assignments(
    const std::vector<OpenQuestion>& questions, bool is_injective, size_t max) {
  std::vector<Assignment> all{{}};
  for (const OpenQuestion& question : questions) {
    std::vector<Assignment> longer;
    for (const Assignment& prefix : all) {
      for (const uint32_t latent : question.latents) {
        const bool is_taken =
            std::find(prefix.begin(), prefix.end(), latent) != prefix.end();
        if (is_injective && is_taken) continue;
        if (longer.size() == max) return {};
        longer.push_back(prefix);
        longer.back().push_back(latent);
      }
    }
    all = std::move(longer);
  }
  return all;
}

// Chooses latents that no other gate has, as far as possible.
Assignment distinct_latents(const std::vector<OpenQuestion>& questions,
                            Random& random) {
  Assignment assignment(questions.size());
  std::vector<uint32_t> uses;
  for (const uint32_t q :
       random.permutation(static_cast<uint32_t>(questions.size()))) {
    const auto& latents = questions[q].latents;
    std::optional<uint32_t> best;
    for (const uint32_t k :
         random.permutation(static_cast<uint32_t>(latents.size()))) {
      uses.resize(std::max<size_t>(uses.size(), latents[k] + 1));
      if (!best || uses[latents[k]] < uses[*best]) best = latents[k];
    }
    assignment[q] = *best;
    uses[*best]++;
  }
  return assignment;
}

Assignment any_latents(const std::vector<OpenQuestion>& questions,
                       Random& random) {
  Assignment assignment;
  for (const OpenQuestion& question : questions) {
    const auto count = static_cast<uint32_t>(question.latents.size());
    assignment.push_back(question.latents[random.below(count)]);
  }
  return assignment;
}

std::vector<Assignment> assignments(const std::vector<OpenQuestion>& questions,
                                    uint32_t count, Random& random) {
  std::vector<Assignment> all = all_assignments(questions, false, count);
  if (!all.empty()) {
    const size_t different = all.size();
    const size_t wanted = count / different * different;
    for (size_t i = 0; all.size() < wanted; i++) all.push_back(all[i]);
    return all;
  }
  all = all_assignments(questions, true, count);
  while (all.size() < count) {
    all.push_back(all.size() % 2 == 0 ? distinct_latents(questions, random)
                                      : any_latents(questions, random));
  }
  return all;
}

// Returns all permutations, or `count` random ones if there are more.
std::vector<Positions> permutations(uint32_t size, uint32_t count,
                                    Random& random) {
  std::vector<Positions> all;
  Positions positions = ascending(size);
  do {
    all.push_back(positions);
  } while (all.size() <= count &&
           std::next_permutation(positions.begin(), positions.end()));
  if (all.size() <= count) return all;
  all.resize(1);
  while (all.size() < count) all.push_back(random.permutation(size));
  return all;
}

// Permutations that keep latents within their modality.
std::vector<Positions> exchanges(const std::vector<Block>& blocks,
                                 uint32_t count, Random& random) {
  std::vector<Positions> all{{}};
  for (const Block& block : blocks) {
    std::vector<Positions> longer;
    for (const Positions& first : all) {
      for (const Positions& rest : permutations(block.size, count, random)) {
        Positions both = first;
        for (const uint32_t i : rest) both.push_back(block.first + i);
        longer.push_back(std::move(both));
      }
    }
    if (longer.size() > count) {
      for (uint32_t i = 1; i < count; i++) {
        const auto rest = static_cast<uint32_t>(longer.size() - i);
        std::swap(longer[i], longer[i + random.below(rest)]);
      }
      longer.resize(count);
    }
    all = std::move(longer);
  }
  return all;
}

// Rotates two random latents of a modality into each other.
std::vector<double> disturbed(const std::vector<Block>& blocks,
                              std::vector<double> numbers, Random& random) {
  const Block& block =
      blocks[random.below(static_cast<uint32_t>(blocks.size()))];
  if (block.size < 2) return numbers;
  const std::vector<uint32_t> pair = random.permutation(block.size);
  const double angle = std::numbers::pi * random.uniform();
  double* first = &numbers[block.start + pair[0] * block.size];
  double* second = &numbers[block.start + pair[1] * block.size];
  for (uint32_t k = 0; k < block.size; k++) {
    const double x = first[k], y = second[k];
    first[k] = std::cos(angle) * x + std::sin(angle) * y;
    second[k] = std::cos(angle) * y - std::sin(angle) * x;
  }
  return numbers;
}

}  // namespace

std::vector<Start> first_starts(const Problem& problem, uint32_t count) {
  const uint32_t latents = problem.latents();
  const std::vector<Block> blocks = blocks_of(problem);
  const std::vector<OpenQuestion> questions = open_questions(problem);
  Random random(problem.seed, kFirstStream);
  const Structure closed{ordered_edges(problem, ascending(latents)),
                         problem.known_gates};
  std::vector<Start> starts;
  for (const std::vector<double>& maps : problem.starts) {
    starts.push_back({free_numbers(blocks, maps), closed, !questions.empty()});
  }
  if (!problem.gates.empty()) {
    starts.push_back({sparse_rotations(problem), closed, !questions.empty()});
  }
  if (questions.empty()) {
    const auto orders = problem.order_is_free
                            ? permutations(latents, count, random)
                            : std::vector<Positions>{ascending(latents)};
    const size_t repeats = std::max<size_t>(1, count / orders.size());
    for (size_t i = 0; i < repeats * orders.size(); i++) {
      const Positions& order = orders[i % orders.size()];
      starts.push_back({random_rotations(blocks, random),
                        {ordered_edges(problem, order), problem.known_gates}});
    }
    return starts;
  }
  for (uint32_t i = 0; i < kChoosingStarts; i++) {
    starts.push_back({random_rotations(blocks, random), closed, true});
  }
  // Latents of one modality are exchangeable, so all assignments in one order
  // are all orders.
  const bool needs_orders = problem.order_is_free && blocks.size() > 1;
  for (const Assignment& assignment : assignments(questions, count, random)) {
    Start start{random_rotations(blocks, random), closed};
    if (needs_orders) {
      start.structure.edges =
          ordered_edges(problem, random.permutation(latents));
    }
    for (size_t q = 0; q < questions.size(); q++) {
      start.structure.gates[questions[q].gate * latents + assignment[q]] = 1;
    }
    starts.push_back(std::move(start));
  }
  return starts;
}

std::vector<Start> second_starts(const Problem& problem,
                                 const std::vector<double>& numbers,
                                 const Structure& structure, uint32_t count,
                                 uint32_t round) {
  const uint32_t latents = problem.latents();
  const std::vector<Block> blocks = blocks_of(problem);
  Random random(problem.seed, kSecondStream + round);
  std::vector<Start> orders;
  if (problem.order_is_free) {
    for (const Positions& order : permutations(latents, count, random)) {
      orders.push_back(
          {numbers, {ordered_edges(problem, order), structure.gates}});
    }
  } else {
    for (const Positions& from : exchanges(blocks, count, random)) {
      auto exchange = exchanged(problem, numbers, structure.gates, from);
      if (!exchange) continue;
      orders.push_back({std::move(exchange->numbers),
                        {ordered_edges(problem, ascending(latents)),
                         std::move(exchange->gates)}});
    }
  }
  std::vector<Start> starts = orders;
  for (size_t i = 0;
       !orders.empty() && i < std::max<size_t>(count, orders.size()); i++) {
    const Start& order = orders[i % orders.size()];
    const bool is_near = i / orders.size() % 2 == 0;
    starts.push_back({is_near ? disturbed(blocks, order.numbers, random)
                              : random_rotations(blocks, random),
                      order.structure});
  }
  return starts;
}

}  // namespace interlatent::moments
