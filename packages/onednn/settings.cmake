# Settings of the oneDNN that the engine links: cmake -C packages/onednn/settings.cmake.
# Its products run inside the thread pool of the engine, each in one thread.
set(CMAKE_PROJECT_oneDNN_INCLUDE ${CMAKE_CURRENT_LIST_DIR}/trim.cmake CACHE STRING "")
set(CMAKE_BUILD_TYPE Release CACHE STRING "")
# These flags follow those of oneDNN, which protect the stack of every function.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG -fno-stack-protector" CACHE STRING "")
set(ONEDNN_LIBRARY_TYPE STATIC CACHE STRING "")
set(ONEDNN_CPU_RUNTIME SEQ CACHE STRING "")
set(ONEDNN_ARCH_OPT_FLAGS "" CACHE STRING "")
set(ONEDNN_ENABLE_WORKLOAD INFERENCE CACHE STRING "")
set(ONEDNN_ENABLE_PRIMITIVE MATMUL CACHE STRING "")
set(ONEDNN_ENABLE_PRIMITIVE_CPU_ISA AVX512 CACHE STRING "")
set(ONEDNN_ENABLE_GEMM_KERNELS_ISA AVX512 CACHE STRING "")
# Otherwise an environment variable could select the kernels of an older processor.
set(ONEDNN_ENABLE_MAX_CPU_ISA OFF CACHE BOOL "")
# The version would name the commit of the enclosing repository, which is ours.
set(CMAKE_DISABLE_FIND_PACKAGE_Git ON CACHE BOOL "")
foreach(option BUILD_DOC BUILD_EXAMPLES BUILD_TESTS BUILD_GRAPH ENABLE_JIT_PROFILING ENABLE_ITT_TASKS VERBOSE)
  set(ONEDNN_${option} OFF CACHE BOOL "")
endforeach()
