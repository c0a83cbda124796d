#include "cuda/wheels.h"

#include <glob.h>

#include <cstdlib>

namespace interlatent::cuda {

std::vector<std::string> in_wheels(const std::string& library) {
  std::vector<std::string> paths;
  for (const char* name : {"VIRTUAL_ENV", "CONDA_PREFIX", ""}) {
    const char* prefix = name[0] == '\0' ? "/usr/local" : std::getenv(name);
    if (prefix == nullptr || prefix[0] == '\0') continue;
    for (const char* folder : {"site-packages", "dist-packages"}) {
      const std::string pattern = std::string(prefix) + "/lib/python3*/" +
                                  folder + "/nvidia/" + library;
      glob_t matches{};
      if (glob(pattern.c_str(), 0, nullptr, &matches) == 0) {
        for (size_t i = matches.gl_pathc; i-- > 0;) {
          paths.emplace_back(matches.gl_pathv[i]);
        }
      }
      globfree(&matches);
    }
  }
  return paths;
}

}  // namespace interlatent::cuda
