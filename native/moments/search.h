// The search for graph, gates, and maps.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "moments/problem.h"

namespace interlatent::moments {

struct SearchOptions {
  // The result does not depend on it.
  uint32_t threads = 1;
  std::function<bool()> is_cancelled = [] { return false; };
  // Receives the finished share of the work, from 0 to 1.
  std::atomic<double>* progress = nullptr;
};

// Returns the distinct local optima that were found and their near-ties (kTie),
// the best first, without those that add to a better structure. Latents are
// scaled to variance 1, with the largest number of each row positive.
// 1. Optimises the maps of many starts, each with all edges of an order.
// 2. Improves the best ones by exchanges of neighbours in the order, then by
//    single changes of edges and gates.
// 3. Takes the gates of the best fit as known, and repeats this for all orders,
//    until no fit is better.
// Throws Error "invalid-argument", "cancelled", and "out-of-memory".
std::vector<Fit> search(const Problem& problem, const SearchOptions& options);

// Returns minus the log likelihood of given maps (D × D) and structure, and
// writes its gradient (D × D, 0 outside the blocks).
double evaluate(const Problem& problem, const std::vector<double>& maps,
                const Structure& structure, std::vector<double>& gradient);

}  // namespace interlatent::moments
