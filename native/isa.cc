// Chooses the build of the loops by what the processor reports.
#include "isa.h"

#include <cstdlib>
#include <string>

#include "error.h"

namespace interlatent {

#if defined(__x86_64__)
namespace avx512 {
extern const Loops loops;
}
namespace avx2 {
extern const Loops loops;
}
#else
namespace generic {
extern const Loops loops;
}
#endif

namespace {

struct Variant {
  const Loops* loops;
  bool supported;
};

#if defined(__x86_64__)
bool has_x86_64_v3() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("f16c") && __builtin_cpu_supports("lzcnt") &&
         __builtin_cpu_supports("movbe");
}

bool has_x86_64_v4() {
  return has_x86_64_v3() && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
}
#endif

}  // namespace

const Loops& select_loops() {
#if defined(__x86_64__)
  const Variant variants[] = {{&avx512::loops, has_x86_64_v4()},
                              {&avx2::loops, has_x86_64_v3()}};
#else
  const Variant variants[] = {{&generic::loops, true}};
#endif
  const char* wanted = std::getenv("INTERLATENT_ISA");
  std::string usable;
  for (const Variant& variant : variants) {
    if (!variant.supported) continue;
    if (wanted == nullptr || *wanted == '\0' ||
        std::string(wanted) == variant.loops->isa) {
      return *variant.loops;
    }
    usable += usable.empty() ? "" : ", ";
    usable += variant.loops->isa;
  }
  if (usable.empty()) {
    throw Error("device",
                "[load] this processor lacks AVX2 and FMA, which the x86-64 "
                "build needs");
  }
  throw Error("device", std::string("[load] INTERLATENT_ISA is \"") + wanted +
                            "\"; this machine can run: " + usable);
}

}  // namespace interlatent
