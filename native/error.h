// The only exception type of the engine. The C ABI converts it to il_error.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace interlatent {

// `code` is one of the stable codes listed in backend.h.
class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message)
      : std::runtime_error(message), code_(std::move(code)) {}

  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

}  // namespace interlatent
