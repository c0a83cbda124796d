# zig's compilers as scripts/build-platform writes them into the folder
# INTERLATENT_COMPILERS, for the target that they were written for.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES INTERLATENT_COMPILERS)
set(CMAKE_C_COMPILER ${INTERLATENT_COMPILERS}/cc)
set(CMAKE_CXX_COMPILER ${INTERLATENT_COMPILERS}/c++)
set(CMAKE_AR ${INTERLATENT_COMPILERS}/ar)
set(CMAKE_RANLIB ${INTERLATENT_COMPILERS}/ranlib)
file(READ ${CMAKE_CXX_COMPILER} compiler)
string(REGEX MATCH "-target ([a-z0-9_]+)-([a-z]+)" target "${compiler}")
set(CMAKE_SYSTEM_PROCESSOR ${CMAKE_MATCH_1})
if(CMAKE_MATCH_2 STREQUAL windows)
  set(CMAKE_SYSTEM_NAME Windows)
  # CMake would use it for nothing but the version of oneDNN's DLL, which is
  # never made.
  set(CMAKE_RC_COMPILER ${INTERLATENT_COMPILERS}/rc)
elseif(CMAKE_MATCH_2 STREQUAL macos)
  set(CMAKE_SYSTEM_NAME Darwin)
  # zig brings the system's headers and stubs.
  set(CMAKE_OSX_SYSROOT "")
  set(CMAKE_OSX_DEPLOYMENT_TARGET "")
  set(CMAKE_INSTALL_NAME_TOOL true)
else()
  set(CMAKE_SYSTEM_NAME Linux)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL aarch64)
    set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu)
  endif()
endif()
