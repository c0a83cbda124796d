#include "ranks/mpi_thread.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "error.h"

namespace interlatent {

namespace {
constexpr std::chrono::milliseconds kThreadPollInterval{2};
}  // namespace

struct MpiThread::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_done = false;
  std::optional<Error> problem;
  std::function<void()> end;

  void run_and_report(const std::function<void()>& work) {
    std::optional<Error> failure;
    try {
      work();
    } catch (const Error& error) {
      failure = error;
    } catch (const std::exception& error) {
      failure = Error("rank-lost", std::string("[mpi] ") + error.what());
    }
    const std::lock_guard<std::mutex> lock(mutex);
    problem = failure;
    is_done = true;
    changed.notify_all();
  }

  void wait_for_end() {
    std::function<void()> work;
    {
      std::unique_lock<std::mutex> lock(mutex);
      changed.wait(lock, [this] { return end != nullptr; });
      work = end;
    }
    run_and_report(work);
  }
};

MpiThread::MpiThread(std::function<void()> begin) : shared_(new Shared) {
  std::thread([shared = shared_, work = std::move(begin)] {
    shared->run_and_report(work);
    shared->wait_for_end();
  }).detach();
}

void MpiThread::wait(const Instant& deadline,
                     const Ranks::IsCancelled& is_cancelled) {
  std::unique_lock<std::mutex> lock(shared_->mutex);
  while (!shared_->is_done) {
    shared_->changed.wait_for(lock, kThreadPollInterval);
    if (shared_->is_done) break;
    if (is_cancelled()) throw Error("cancelled", "[mpi] cancelled");
    if (Clock::now() > deadline) {
      throw Error("rank-lost", "[mpi] not all ranks began MPI in time");
    }
  }
  if (shared_->problem) throw Error(*shared_->problem);
}

bool MpiThread::end(std::function<void()> work, const Instant& deadline,
                    const Ranks::IsCancelled& is_cancelled) {
  {
    const std::lock_guard<std::mutex> lock(shared_->mutex);
    shared_->is_done = false;
    shared_->end = std::move(work);
    shared_->changed.notify_all();
  }
  try {
    wait(deadline, is_cancelled);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace interlatent
