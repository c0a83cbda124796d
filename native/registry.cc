#include "registry.h"

namespace interlatent {
namespace {

struct Row {
  std::string_view name;
  KernelFactory factory;
};

constexpr Row kRows[] = {
    {"map", make_map},
    {"matmul", make_matmul},
    {"reduce", make_reduce},
};

}  // namespace

KernelFactory find_kernel(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.factory;
  }
  return nullptr;
}

}  // namespace interlatent
