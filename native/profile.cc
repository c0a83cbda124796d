#include "profile.h"

#include <algorithm>
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

KernelProfile profile_of(const Plan& plan, const KernelRecord& record,
                         const ProfiledWork& work) {
  KernelProfile profile{plan.strings[record.kernel],
                        plan.strings[record.label]};
  const auto runs = static_cast<double>(work.runs);
  const auto tiles = static_cast<double>(work.tiles);
  profile.flops = runs * tiles * work.flops;
  for (size_t i = 0; i < record.operands.size(); i++) {
    const auto has_operand = [&](const MovedElements& elements) {
      return elements.operand == i;
    };
    const auto moved =
        std::find_if(work.moved.begin(), work.moved.end(), has_operand);
    const bool is_whole = moved == work.moved.end();
    const Operand& operand = record.operands[is_whole ? i : moved->by];
    const bool is_private = operand.slab == kBlockSlab;
    const double elements =
        is_whole ? static_cast<double>(operand.extent) : moved->elements;
    profile.bytes +=
        4.0 * elements * (is_private || operand.run_stride > 0 ? runs : 1) *
        (!is_whole || is_private || operand.tile_stride > 0 ? tiles : 1);
  }
  return profile;
}

std::string profile_json(const EntryProfile& entry) {
  std::string array = "[";
  for (size_t i = 0; i < entry.kernels.size(); i++) {
    const KernelProfile& profile = entry.kernels[i];
    KernelTime total;
    for (const std::vector<KernelTime>& worker : entry.times) {
      total.calls += worker[i].calls;
      total.seconds += worker[i].seconds;
    }
    if (total.calls == 0) continue;
    if (array.size() > 1) array += ",";
    array += "{\"kernel\":" + json_text(profile.kernel) +
             ",\"label\":" + json_text(profile.label) +
             ",\"calls\":" + std::to_string(entry.steps) +
             ",\"seconds\":" + number(total.seconds / profile.workers) +
             ",\"flops\":" + number(profile.flops) +
             ",\"bytes\":" + number(profile.bytes) + "}";
  }
  return json_text(entry.name) + ":" + array + "]";
}

}  // namespace interlatent
