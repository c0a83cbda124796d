// Plan file decoder: gives Error "invalid-plan", or a file that encodes to the
// same bytes.
#include <algorithm>

#include "error.h"
#include "fuzz.h"
#include "planfile.h"

using interlatent::Error;

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  try {
    const std::vector<uint8_t> written = interlatent::encode_plan_file(
        interlatent::decode_plan_file(bytes, size));
    FUZZ_EXPECT(
        std::equal(written.begin(), written.end(), bytes, bytes + size));
  } catch (const Error& error) {
    FUZZ_EXPECT(error.code() == "invalid-plan");
    FUZZ_EXPECT(error.what()[0] != '\0');
  }
  return 0;
}
