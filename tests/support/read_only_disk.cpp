// Loaded before the C library (LD_PRELOAD), this makes pwrite fail, as it does on a file system
// that was remounted read-only after an error, while the file that READ_ONLY_WHERE_EXISTS names is
// there. SQLite writes with nothing else.

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

extern "C" ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t offset) {
  using Write = ssize_t (*)(int, const void*, size_t, off64_t);
  static const auto pwrite_itself = reinterpret_cast<Write>(::dlsym(RTLD_NEXT, "pwrite64"));
  const char* trigger = std::getenv("READ_ONLY_WHERE_EXISTS");
  if (trigger != nullptr && ::access(trigger, F_OK) == 0) {
    errno = EROFS;
    return -1;
  }
  return pwrite_itself(descriptor, bytes, count, offset);
}
