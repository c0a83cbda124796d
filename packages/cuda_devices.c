/* Prints what the CUDA library at argv[1] reports about the GPUs, or why it cannot be loaded. */
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>

int main(int count, char** arguments) {
  void* library = count == 2 ? dlopen(arguments[1], RTLD_NOW) : NULL;
  int (*devices)(char*, size_t) = NULL;
  if (library != NULL) *(void**)&devices = dlsym(library, "il_cuda_devices");
  if (devices == NULL) {
    printf("%s\n", dlerror());
    return 1;
  }
  char text[65536];
  const int status = devices(text, sizeof text);
  printf("%d %s\n", status, text);
  return 0;
}
