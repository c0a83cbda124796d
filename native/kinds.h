// Limits, instructions and kinds that the kernels of all backends share, as
// numbered in docs/explanation/kernels.md.
#pragma once

#include <cstdint>

namespace interlatent {

inline constexpr int kMaxRank = 8;
inline constexpr int kMaxOperands = 64;
inline constexpr int64_t kMaxDeterminant = 64;
// Floats that one network of a meanAbsJacobian may take in fast memory, and
// floats per unit for 32 subjects.
inline constexpr int64_t kMaxJacobianRoom = 12032;
inline constexpr int64_t kJacobianRowRoom = 33;
// Limits of a network: layers; floats that it may take in a thread block, at 36
// floats per unit; tiles of 4 x 4 of its weights.
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

// The slopes are those of an activation, computed from its saved result.
enum class Activation : int32_t {
  kNone = 0,
  kLeakyRelu = 1,
  kTanh = 2,
  kLeakyReluSlope = 3,
  kTanhSlope = 4
};

// Precision to which the factors of a matmul are rounded; products are summed
// in float32.
enum class MatmulPrecision : uint32_t {
  kFloat32 = 0,
  kTf32 = 1,
  kBfloat16 = 2
};

// Type of the packed values of a data set, as flags of an operand.
enum class DataType : uint32_t { kFloat32 = 0, kUint8 = 4, kInt16 = 8 };

enum class MixtureResult : int32_t {
  kLogDensity,
  kLogDensityGradient,
  kEpsilon,
  kSensitivity,
  kSensitivityGradient,
};

enum class DeterminantResult : int32_t { kLogAbs, kLogAbsGradient, kSign };

// Result of a convolution kernel: the slope of sum(y * conv(x, w)) by y (which
// is the output), by x or by w.
enum class ConvolutionResult : int32_t { kOutput, kInput, kWeights };

// Result of a recurrence: the states of all times, or the slopes by the gates.
enum class RecurrenceResult : int32_t { kStates, kGradient };
inline constexpr int64_t kMaxUnits = 512;
// Rows per unit of an LSTM: gates before their activations; the saved h, c and
// gates.
inline constexpr int64_t kLstmGates = 4;
inline constexpr int64_t kLstmSaved = 6;
// Rows per unit of a GRU: the gates r, z, n; the saved h, gates and product
// that r multiplies; the slopes by the gates and by that product.
inline constexpr int64_t kGruGates = 3;
inline constexpr int64_t kGruSaved = 5;
inline constexpr int64_t kGruSlopes = 4;

enum class PoolingResult : int32_t { kMax, kGradient };

enum class JacobianResult : int32_t { kMean, kGradient };

// Result of a network: its outputs alone, or their difference from a target.
enum class NetworkTarget : int32_t {
  kNone = 0,
  kTargetMinusOutputs = 1,
  kOutputsMinusTarget = 2
};

enum class NetworkResult : int32_t { kOutputs, kGradient };

}  // namespace interlatent
