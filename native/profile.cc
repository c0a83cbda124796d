#include "profile.h"

#include <cstdio>

namespace interlatent {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

}  // namespace

std::string json_text(const std::string& text) {
  std::string quoted = "\"";
  for (const char character : text) {
    const auto code = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
      quoted += '\\';
      quoted += character;
    } else if (code < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", code);
      quoted += escaped;
    } else {
      quoted += character;
    }
  }
  return quoted + "\"";
}

std::string profile_json(const std::vector<KernelProfile>& profiles,
                         const std::vector<std::vector<KernelTime>>& times,
                         uint64_t steps) {
  std::string array = "[";
  for (size_t i = 0; i < profiles.size(); i++) {
    const KernelProfile& profile = profiles[i];
    KernelTime total;
    for (const std::vector<KernelTime>& worker : times) {
      total.calls += worker[i].calls;
      total.seconds += worker[i].seconds;
    }
    if (total.calls == 0) continue;
    if (array.size() > 1) array += ",";
    array += "{\"kernel\":" + json_text(profile.kernel) +
             ",\"label\":" + json_text(profile.label) +
             ",\"calls\":" + std::to_string(steps) +
             ",\"seconds\":" + number(total.seconds / profile.workers) +
             ",\"flops\":" + number(profile.flops) +
             ",\"bytes\":" + number(profile.bytes) + "}";
  }
  return array + "]";
}

}  // namespace interlatent
