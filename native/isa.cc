// Chooses the build of the loops that the processor supports.
#include "isa.h"

#include <cstdint>
#include <cstdlib>
#include <string>

#include "error.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace interlatent {

#if defined(__x86_64__)
#if !defined(INTERLATENT_WITHOUT_AVX512)
namespace avx512 {
extern const Loops loops;
}
#endif
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
// Features of the processor, and the registers that the system saves when it
// switches threads. The __builtin_cpu_supports of the compiler needs a library
// that not all toolchains have.
struct Processor {
  uint32_t basic = 0, structured = 0, extended = 0;
  uint64_t saved_state = 0;

  Processor() {
    uint32_t a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) != 0) basic = c;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) structured = b;
    if (__get_cpuid(0x80000001, &a, &b, &c, &d) != 0) extended = c;
    if ((basic & bit_OSXSAVE) != 0) {
      asm("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
      saved_state = uint64_t{d} << 32 | a;
    }
  }

  bool has_x86_64_v3() const {
    const uint32_t in_basic = bit_AVX | bit_FMA | bit_F16C | bit_MOVBE;
    const uint32_t in_structured = bit_AVX2 | bit_BMI | bit_BMI2;
    return has(saved_state, kVectors) && has(basic, in_basic) &&
           has(structured, in_structured) && has(extended, kLeadingZeros);
  }

  bool has_x86_64_v4() const {
    const uint32_t in_structured =
        bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL;
    return has_x86_64_v3() && has(saved_state, kVectors | kWideVectors) &&
           has(structured, in_structured);
  }

 private:
  // Bits of XCR0: both halves of 256-bit vectors; masks and the rest of 512-bit
  // vectors.
  static constexpr uint64_t kVectors = 0x6, kWideVectors = 0xe0;
  static constexpr uint32_t kLeadingZeros = 1u << 5;

  static bool has(uint64_t bits, uint64_t required) {
    return (bits & required) == required;
  }
};
#endif

}  // namespace

const Loops& select_loops() {
#if defined(__x86_64__)
  const Processor processor;
  const Variant variants[] = {
#if !defined(INTERLATENT_WITHOUT_AVX512)
      {&avx512::loops, processor.has_x86_64_v4()},
#endif
      {&avx2::loops, processor.has_x86_64_v3()}};
#else
  const Variant variants[] = {{&generic::loops, true}};
#endif
  const char* requested = std::getenv("INTERLATENT_ISA");
  std::string usable;
  for (const Variant& variant : variants) {
    if (!variant.supported) continue;
    if (requested == nullptr || *requested == '\0' ||
        std::string(requested) == variant.loops->isa) {
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
  throw Error("device", std::string("[load] INTERLATENT_ISA is \"") +
                            requested + "\"; this machine can run: " + usable);
}

}  // namespace interlatent
