// run_plan: runs plan files (planfile.h) and compares their results with the
// expected ones. Prints a line per file, with a checksum of the bits, so that
// equal lines mean equal results, and the number of products that cuBLASLt
// computed. Exit code 0: all agree; 1: a difference or an error; 2: wrong
// usage.
#include <cmath>
#include <cstdio>
#include <cstring>

#include "error.h"
#include "plan_runner.h"

namespace {

using interlatent::Error;
using interlatent::ExpectedContents;
using interlatent::PlanFile;
using interlatent::tools::LoadedPlan;
using interlatent::tools::Target;

struct Comparison {
  std::string products;  // computed by cuBLASLt, and its version
  uint64_t values = 0;
  uint64_t wrong = 0;
  double largest = 0;  // absolute error
  double worst = 0;    // largest error over its tolerance
  uint32_t bits = 2166136261u;

  void add(const std::vector<float>& actual, const std::vector<float>& expected,
           const std::vector<float>& tolerances) {
    for (size_t i = 0; i < expected.size(); i++) {
      const double expected_value = double{expected[i]};
      const double actual_value = double{actual[i]};
      const double tolerance = double{tolerances[i]};
      uint32_t word;
      std::memcpy(&word, &actual[i], sizeof word);
      bits = (bits ^ word) * 16777619u;
      values++;
      if (actual_value == expected_value ||
          (std::isnan(actual_value) && std::isnan(expected_value)))
        continue;
      const double error = std::abs(actual_value - expected_value);
      // NaN on one side fails too.
      if (!(error <= tolerance)) wrong++;
      if (!(error <= largest)) largest = error;
      if (!(error <= worst * tolerance)) worst = error / tolerance;
    }
  }
};

// Returns ", N products by LIBRARY VERSION" if a description reports them.
std::string products_in(const std::string& description) {
  const std::string prefix = R"("cublasLt":{"library":")";
  const std::string separator = R"(","products":)";
  const size_t library = description.find(prefix);
  const size_t products = description.find(separator, library);
  if (library == std::string::npos || products == std::string::npos) return "";
  const size_t end = description.find('}', products);
  const size_t name = library + prefix.size();
  const size_t number = products + separator.size();
  return ", " + description.substr(number, end - number) + " products by " +
         description.substr(name, products - name);
}

Comparison run(const Target& target, const PlanFile& file) {
  LoadedPlan plan(target, file);
  plan.upload();
  Comparison comparison;
  comparison.products = products_in(plan.describe());
  comparison.add(plan.run(file.first_step, file.steps, file.results.size()),
                 file.results, file.result_tolerances);
  for (const ExpectedContents& expected : file.expected) {
    const auto& [slab, offset, values] = expected.contents;
    comparison.add(plan.download(slab, offset, values.size()), values,
                   expected.tolerances);
  }
  return comparison;
}

bool check(const Target& target, const std::string& path) {
  try {
    const Comparison comparison =
        run(target, interlatent::tools::read_plan_file(path));
    std::printf(
        "%s: %llu values, %llu wrong, largest error %.3g, %.3g of its "
        "tolerance, bits %08x%s\n",
        path.c_str(), static_cast<unsigned long long>(comparison.values),
        static_cast<unsigned long long>(comparison.wrong), comparison.largest,
        comparison.worst, comparison.bits, comparison.products.c_str());
    return comparison.wrong == 0;
  } catch (const Error& error) {
    std::printf("%s: %s: %s\n", path.c_str(), error.code().c_str(),
                error.what());
    return false;
  }
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const auto line = interlatent::tools::read_command_line(count, arguments);
    bool passed = true;
    for (const std::string& path : line.files) {
      passed &= check(line.target, path);
      std::fflush(stdout);
    }
    return passed ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "run_plan: %s\n", error.what());
    return 2;
  }
}
