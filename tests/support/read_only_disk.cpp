// An LD_PRELOAD library. While the file named by READ_ONLY_WHERE_EXISTS exists, pwrite fails, as on
// a file system remounted read-only after an error. SQLite writes only with pwrite.

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
