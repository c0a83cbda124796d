// Which candidates are the same optimum.
#pragma once

#include <cstddef>
#include <vector>

#include "moments/problem.h"
#include "moments/refine.h"

namespace interlatent::moments {

// Returns the first `count` candidates that differ in their latents or in their
// structure, apart from the order and the signs of the latents of a modality.
// Candidates come in ascending order of their objective.
std::vector<Candidate> distinct_candidates(
    const Problem& problem, const std::vector<Candidate>& candidates,
    size_t count);

// Returns the distinct fits, with latents of variance 1. Fits that add edges or
// gates to a better one are left out.
std::vector<Fit> distinct_fits(const Problem& problem,
                               const std::vector<Candidate>& candidates);

}  // namespace interlatent::moments
