#include "moments/search.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>

#include "error.h"
#include "moments/likelihood.h"
#include "moments/optima.h"
#include "moments/refine.h"
#include "moments/starts.h"
#include "thread_pool.h"

namespace interlatent::moments {
namespace {

// Budgets in floating-point operations, and bounds.
constexpr double kStartBudget = 2e9, kTrialBudget = 1.2e9;
constexpr double kMinStarts = 32, kMaxStarts = 400;
constexpr double kMinTrials = 64, kMaxTrials = 128;
constexpr uint32_t kStartIterations = 30;
// Shares of the work: of each step of the first search, and until the last fits
// are polished.
constexpr double kFirstShare = 0.2, kUnpolished = 0.95;
constexpr size_t kRefined = 6, kRefinedAgain = 3;
constexpr size_t kMaxTies = 12;
constexpr uint32_t kMaxRounds = 6;
constexpr Limits kPolish{400, 1e-9, 1e-14};

// Returns about the floating-point operations of one likelihood.
double work(const Problem& problem) {
  const double latents = problem.latents(), size = problem.size();
  const double sets =
      1 + std::min<double>(2 * latents, problem.environments.size());
  double products = 0;
  for (const uint32_t block : problem.blocks) {
    products += 2.0 * block * block * (size + latents);
  }
  return 2000 + sets * products + sets * latents * latents * latents / 4;
}

uint32_t bounded(double number, double min, double max) {
  return static_cast<uint32_t>(std::clamp(number, min, max));
}

class Search {
 public:
  Search(const Problem& problem, const SearchOptions& options)
      : problem_(problem),
        options_(options),
        grouping_(problem),
        pool_(std::max(1u, options.threads)) {
    for (uint32_t i = 0; i < pool_.size(); i++) {
      refiners_.push_back(std::make_unique<Refiner>(
          problem, grouping_, [this] { check_cancelled(); }));
    }
  }

  std::vector<Fit> run() {
    const double evaluations = work(problem_);
    const uint32_t count = bounded(
        kStartBudget / evaluations / kStartIterations, kMinStarts, kMaxStarts);
    trials_ = bounded(kTrialBudget / evaluations / 100, kMinTrials, kMaxTrials);
    std::vector<Candidate> fits =
        refined(first_starts(problem_, count), kRefined, kFirstShare);
    if (fits.empty()) {
      throw Error("not-finite", "no start has a finite likelihood");
    }
    for (uint32_t round = 0; round < kMaxRounds; round++) {
      const Candidate best = fits.front();
      const auto again =
          refined(second_starts(problem_, best.numbers, best.structure,
                                count / 2, round),
                  kRefinedAgain, (kUnpolished - finished_) / 6);
      fits.insert(fits.end(), again.begin(), again.end());
      sort(fits);
      if (fits.front().objective > best.objective - kMinGain) break;
    }
    sort(ties_);
    const auto ties = distinct_candidates(problem_, ties_, kMaxTies);
    fits.insert(fits.end(), ties.begin(), ties.end());
    for_each(fits.size(), 1 - finished_, [&](Refiner& refiner, size_t i) {
      refiner.optimise(fits[i], kPolish);
    });
    sort(fits);
    return distinct_fits(problem_, fits);
  }

 private:
  using Task = std::function<void(Refiner&, size_t)>;

  void check_cancelled() const {
    if (is_stopped_.load(std::memory_order_relaxed) ||
        options_.is_cancelled()) {
      throw Error("cancelled", "the search was cancelled");
    }
  }

  struct Job {
    Search& search;
    const Task& task;
    const size_t count;
    // Finished share of the search before the job, and that of the job.
    const double before, share;
    std::mutex mutex{};
    size_t done = 0;
    std::exception_ptr error{};
  };

  // Runs the tasks on all threads and throws the first error.
  void for_each(size_t count, double share, const Task& task) {
    Job job{*this, task, count, finished_, share};
    const auto one = [](void* context, uint32_t i, uint32_t worker) {
      static_cast<Job*>(context)->search.run_task(*static_cast<Job*>(context),
                                                  i, worker);
    };
    pool_.run(static_cast<uint32_t>(count), one, &job);
    if (job.error) std::rethrow_exception(job.error);
    finished_ += share;
  }

  void run_task(Job& job, uint32_t i, uint32_t worker) {
    std::exception_ptr error;
    try {
      check_cancelled();
      job.task(*refiners_[worker], i);
    } catch (...) {
      error = std::current_exception();
      is_stopped_ = true;
    }
    const std::lock_guard lock(job.mutex);
    job.done++;
    if (error && !job.error) job.error = error;
    if (options_.progress != nullptr) {
      *options_.progress = job.before + job.share *
                                            static_cast<double>(job.done) /
                                            static_cast<double>(job.count);
    }
  }

  static void sort(std::vector<Candidate>& candidates) {
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) {
                       return a.objective < b.objective;
                     });
  }

  // Returns the best starts after changes, the best first. `share`: that
  // of each of the three steps.
  std::vector<Candidate> refined(const std::vector<Start>& starts, size_t count,
                                 double share) {
    std::vector<Candidate> candidates(starts.size());
    for_each(starts.size(), share, [&](Refiner& refiner, size_t i) {
      candidates[i] = refiner.from_start(starts[i], kStartIterations);
    });
    std::vector<Candidate> best = best_of(candidates, count);
    for_each(best.size(), share,
             [&](Refiner& refiner, size_t i) { refiner.order(best[i]); });
    best = best_of(best, count);
    std::vector<std::vector<Candidate>> ties(best.size());
    for_each(best.size(), share, [&](Refiner& refiner, size_t i) {
      ties[i] = refiner.refine(best[i], trials_);
    });
    sort(best);
    const double bound = best.empty() ? 0 : best.front().objective + kTie;
    for (const std::vector<Candidate>& some : ties) {
      for (const Candidate& tie : some) {
        if (tie.objective < bound) ties_.push_back(tie);
      }
    }
    return best;
  }

  std::vector<Candidate> best_of(std::vector<Candidate> candidates,
                                 size_t count) const {
    sort(candidates);
    return distinct_candidates(problem_, candidates, count);
  }

  const Problem& problem_;
  const SearchOptions& options_;
  const Grouping grouping_;
  ThreadPool pool_;
  std::vector<std::unique_ptr<Refiner>> refiners_;
  std::atomic<bool> is_stopped_{false};
  uint32_t trials_ = 0;
  double finished_ = 0;
  // Near-ties of the optima.
  std::vector<Candidate> ties_;
};

}  // namespace

std::vector<Fit> search(const Problem& problem, const SearchOptions& options) {
  check(problem);
  return Search(problem, options).run();
}

double evaluate(const Problem& problem, const std::vector<double>& maps,
                const Structure& structure, std::vector<double>& gradient) {
  check(problem);
  const std::vector<Block> blocks = blocks_of(problem);
  const Grouping grouping(problem);
  PooledMoments moments(problem);
  Likelihood likelihood(problem, grouping, moments, structure);
  std::vector<double> numbers;
  const double value = likelihood(free_numbers(blocks, maps), numbers);
  gradient = maps_of(blocks, numbers);
  return value;
}

}  // namespace interlatent::moments
