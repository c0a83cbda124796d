#include "ranks/ranks.h"

#include "abi.h"
#include "error.h"

namespace interlatent {

Ranks::Ranks(uint32_t index, uint32_t count)
    : interface_{index, count, nullptr, this} {
  interface_.gather = [](void* user, const il_piece* pieces, size_t size,
                         int (*is_cancelled)(void*), void* cancelled_user,
                         il_error* error) {
    return abi::guarded(error, [&] {
      static_cast<Ranks*>(user)->gather(
          {pieces, size}, [&] { return is_cancelled(cancelled_user) != 0; });
    });
  };
}

il_ranks single_rank() { return {0, 1, nullptr, nullptr}; }

void gather(const il_ranks& ranks, std::span<const il_piece> pieces,
            const Ranks::IsCancelled& is_cancelled) {
  il_error error{};
  Ranks::IsCancelled cancelled = is_cancelled;
  const auto answer = [](void* user) {
    return (*static_cast<Ranks::IsCancelled*>(user))() ? 1 : 0;
  };
  if (ranks.gather(ranks.user, pieces.data(), pieces.size(), answer, &cancelled,
                   &error) != 0) {
    throw Error(error.code, error.message);
  }
}

}  // namespace interlatent
