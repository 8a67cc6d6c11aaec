/* Counts the heap allocations of facestream's own code: those asked for by the program itself, the
   Swift runtime and Foundation. FFmpeg, Dispatch and other libraries allocate for themselves and are
   told apart by where the call came from. tools/count-allocations preloads it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_long own;

/* Read by facestream bench. */
long facestream_own_allocations(void) { return atomic_load(&own); }

static void note(const void *caller) {
  Dl_info module;
  if (!dladdr(caller, &module) || !module.dli_fname) return;
  const char *slash = strrchr(module.dli_fname, '/');
  const char *name = slash ? slash + 1 : module.dli_fname;
  if (!strcmp(name, "libswiftDispatch.so")) return;
  if (!strncmp(name, "libswift", 8) || !strncmp(name, "libFoundation", 13) ||
      !strncmp(name, "lib_Foundation", 14) || !strncmp(name, "facestream", 10))
    atomic_fetch_add(&own, 1);
}

void *malloc(size_t size) {
  note(__builtin_return_address(0));
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  note(__builtin_return_address(0));
  return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
  note(__builtin_return_address(0));
  return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  note(__builtin_return_address(0));
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  note(__builtin_return_address(0));
  *block = __libc_memalign(alignment, size);
  return *block ? 0 : 12; /* ENOMEM */
}
