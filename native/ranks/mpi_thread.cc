#include "ranks/mpi_thread.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "error.h"

namespace interlatent {

namespace {
constexpr std::chrono::milliseconds kLookAtThread{2};
}  // namespace

struct MpiThread::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_done = false;
  std::optional<Error> problem;
  std::function<void()> end;

  void tell(const std::function<void()>& work) {
    std::optional<Error> found;
    try {
      work();
    } catch (const Error& error) {
      found = error;
    } catch (const std::exception& error) {
      found = Error("rank-lost", std::string("[mpi] ") + error.what());
    }
    const std::lock_guard<std::mutex> lock(mutex);
    problem = found;
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
    tell(work);
  }
};

MpiThread::MpiThread(std::function<void()> begin) : shared_(new Shared) {
  std::thread([shared = shared_, work = std::move(begin)] {
    shared->tell(work);
    shared->wait_for_end();
  }).detach();
}

void MpiThread::wait(const Instant& until,
                     const Ranks::IsCancelled& is_cancelled) {
  std::unique_lock<std::mutex> lock(shared_->mutex);
  while (!shared_->is_done) {
    shared_->changed.wait_for(lock, kLookAtThread);
    if (shared_->is_done) break;
    if (is_cancelled()) throw Error("cancelled", "[mpi] cancelled");
    if (Clock::now() > until) {
      throw Error("rank-lost", "[mpi] not all ranks have begun MPI in time");
    }
  }
  if (shared_->problem) throw Error(*shared_->problem);
}

bool MpiThread::end(std::function<void()> work, const Instant& until,
                    const Ranks::IsCancelled& is_cancelled) {
  {
    const std::lock_guard<std::mutex> lock(shared_->mutex);
    shared_->is_done = false;
    shared_->end = std::move(work);
    shared_->changed.notify_all();
  }
  try {
    wait(until, is_cancelled);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace interlatent
