// The part of the CUDA runtime that the backend calls, on the CPU. Device
// memory is host memory, streams run when the host waits for them, and graphs
// are lists of launches.
#pragma once

#include <cstddef>

// Version of the interface that is emulated.
#define CUDART_VERSION 12040

namespace interlatent::cuda::emulation {
struct Stream;
struct Graph;
struct Event;

// True if the calling thread captures a stream.
bool is_capturing();
}  // namespace interlatent::cuda::emulation

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorInsufficientDriver = 35,
  cudaErrorCallRequiresNewerDriver = 36,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorNoKernelImageForDevice = 209,
  cudaErrorLossyQuery = 402,
  cudaErrorStreamCaptureUnsupported = 900,
  cudaErrorUnknown = 999,
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };
enum cudaStreamCaptureMode { cudaStreamCaptureModeThreadLocal };
enum cudaStreamCaptureStatus {
  cudaStreamCaptureStatusNone,
  cudaStreamCaptureStatusActive
};
constexpr unsigned cudaStreamSetCaptureDependencies = 1;
struct cudaGraphEdgeData {
  unsigned char from_port, to_port, type, reserved[5];
};
constexpr unsigned char cudaGraphKernelNodePortDefault = 0;
constexpr unsigned char cudaGraphKernelNodePortProgrammatic = 1;
constexpr unsigned char cudaGraphDependencyTypeProgrammatic = 1;
constexpr unsigned cudaStreamNonBlocking = 1;
constexpr unsigned cudaEventDefault = 0;
constexpr unsigned cudaEventBlockingSync = 1;
constexpr unsigned cudaEventDisableTiming = 2;

using cudaStream_t = interlatent::cuda::emulation::Stream*;
using cudaGraph_t = interlatent::cuda::emulation::Graph*;
using cudaGraphNode_t = size_t;  // index in the graph
using cudaGraphExec_t = interlatent::cuda::emulation::Graph*;
using cudaEvent_t = interlatent::cuda::emulation::Event*;

struct cudaDeviceProp {
  char name[256];
  size_t totalGlobalMem;
  int major, minor;
  int multiProcessorCount;
  size_t sharedMemPerBlockOptin;
};

const char* cudaGetErrorName(cudaError_t);
const char* cudaGetErrorString(cudaError_t);
cudaError_t cudaGetLastError();
cudaError_t cudaGetDeviceCount(int*);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp*, int device);
cudaError_t cudaSetDevice(int);
cudaError_t cudaMemGetInfo(size_t* free, size_t* total);
cudaError_t cudaDriverGetVersion(int*);
cudaError_t cudaRuntimeGetVersion(int*);

struct cudaFuncAttributes {
  int numRegs;
};
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes*, const void* kernel);
cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute,
                                 int value);
template <class... Parameters>
cudaError_t cudaFuncSetAttribute(void (*kernel)(Parameters...),
                                 cudaFuncAttribute attribute, int value) {
  return cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel), attribute,
                              value);
}

cudaError_t cudaMalloc(void**, size_t);
cudaError_t cudaFree(void*);
cudaError_t cudaMallocHost(void**, size_t);
cudaError_t cudaFreeHost(void*);
cudaError_t cudaMemsetAsync(void*, int value, size_t, cudaStream_t);
cudaError_t cudaMemcpyAsync(void* target, const void* source, size_t,
                            cudaMemcpyKind, cudaStream_t);

cudaError_t cudaStreamCreateWithFlags(cudaStream_t*, unsigned);
cudaError_t cudaStreamDestroy(cudaStream_t);
cudaError_t cudaStreamSynchronize(cudaStream_t);
cudaError_t cudaStreamBeginCapture(cudaStream_t, cudaStreamCaptureMode);
cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t*);
cudaError_t cudaStreamGetCaptureInfo_v2(cudaStream_t, cudaStreamCaptureStatus*,
                                        unsigned long long* id, cudaGraph_t*,
                                        const cudaGraphNode_t** dependencies,
                                        size_t* count);
cudaError_t cudaStreamUpdateCaptureDependencies(cudaStream_t,
                                                cudaGraphNode_t* dependencies,
                                                size_t count, unsigned flags);
// Edges with data, from driver 12.3 on.
cudaError_t cudaStreamGetCaptureInfo_v3(cudaStream_t, cudaStreamCaptureStatus*,
                                        unsigned long long* id, cudaGraph_t*,
                                        const cudaGraphNode_t** dependencies,
                                        const cudaGraphEdgeData**,
                                        size_t* count);
cudaError_t cudaStreamUpdateCaptureDependencies_v2(
    cudaStream_t, cudaGraphNode_t* dependencies, const cudaGraphEdgeData*,
    size_t count, unsigned flags);
cudaError_t cudaGraphGetEdges_v2(cudaGraph_t, cudaGraphNode_t* from,
                                 cudaGraphNode_t* to, cudaGraphEdgeData*,
                                 size_t* count);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t*, cudaGraph_t,
                                 unsigned long long flags);
cudaError_t cudaGraphLaunch(cudaGraphExec_t, cudaStream_t);
cudaError_t cudaGraphDestroy(cudaGraph_t);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t);

cudaError_t cudaEventCreateWithFlags(cudaEvent_t*, unsigned);
cudaError_t cudaEventDestroy(cudaEvent_t);
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t);
cudaError_t cudaEventSynchronize(cudaEvent_t);
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t first,
                                 cudaEvent_t last);
