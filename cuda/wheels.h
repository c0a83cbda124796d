// NVIDIA's libraries in packages of Python.
#pragma once

#include <string>
#include <vector>

namespace interlatent::cuda {

// Returns the paths of a library in the packages of the active Python
// environment and of the system, which the dynamic linker does not search.
// `library` is a path in the folder nvidia, as in
// "cublas/lib/libcublasLt.so.12".
std::vector<std::string> in_wheels(const std::string& library);

}  // namespace interlatent::cuda
