// What kernels of every backend are told: limits, instructions and kinds, as
// numbered in docs/engine.md.
#pragma once

#include <cstdint>

namespace interlatent {

inline constexpr int kMaxRank = 8;
inline constexpr int kMaxOperands = 64;
inline constexpr int64_t kMaxDeterminant = 64;
// Floats for one network of a meanAbsJacobian, and for 32 subjects of a unit.
inline constexpr int64_t kMaxJacobianRoom = 12032;
inline constexpr int64_t kJacobianRowRoom = 33;
// Of a network: layers; floats for all that is kept of it in a thread block,
// and for 32 subjects of a unit; pieces of 4 x 4 that its weights are summed
// in.
inline constexpr int kNetworkLayers = 3;
inline constexpr int64_t kMaxNetworkRoom = 24576;
inline constexpr int64_t kNetworkRowRoom = 36;
inline constexpr int64_t kMaxNetworkTiles = 1024;
inline constexpr int64_t kNetworkTile = 4;

struct Instruction {
  int32_t opcode;
  int32_t target, a, b, c;  // slots
  float lo, hi;             // immediates
};

// The slopes are of an activation, by its saved result.
enum class Activation : int32_t {
  kNone = 0,
  kLeakyRelu = 1,
  kTanh = 2,
  kLeakyReluSlope = 3,
  kTanhSlope = 4
};

// What the factors of a matmul are rounded to; products are summed in float32.
// Three TF32 products make one of factors that are nearly float32.
enum class MatmulPrecision : uint32_t {
  kFloat32 = 0,
  kTf32 = 1,
  kBfloat16 = 2,
  kTf32x3 = 3
};

// Of the values of a data set, which lie side by side: an operand's flags.
enum class DataType : uint32_t { kFloat32 = 0, kUint8 = 4, kInt16 = 8 };

enum class MixtureResult : int32_t {
  kLogDensity,
  kLogDensityGradient,
  kEpsilon,
  kSensitivity,
  kSensitivityGradient,
};

enum class DeterminantResult : int32_t { kLogAbs, kLogAbsGradient, kSign };

// Which slope of the sum of y times the convolution of x by w.
enum class ConvolutionResult : int32_t { kOutput, kInput, kWeights };

// Of a recurrence: the states of all times, or slopes by the gates.
enum class RecurrenceResult : int32_t { kStates, kGradient };
inline constexpr int64_t kMaxUnits = 512;
// Rows of a unit: gates before their activations; h, c and gates that are kept.
inline constexpr int64_t kLstmGates = 4;
inline constexpr int64_t kLstmKept = 6;
// Of a GRU: r, z, n; h, the gates and what r multiplies; of its slopes those by
// the gates, and by what r multiplies.
inline constexpr int64_t kGruGates = 3;
inline constexpr int64_t kGruKept = 5;
inline constexpr int64_t kGruSlopes = 4;

enum class PoolingResult : int32_t { kMax, kGradient };

enum class JacobianResult : int32_t { kMean, kGradient };

// What a network's result is of its outputs and a target.
enum class NetworkTarget : int32_t {
  kNone = 0,
  kTargetLess = 1,
  kOutputsLess = 2
};

enum class NetworkResult : int32_t { kOutputs, kGradient };

}  // namespace interlatent
