// An LD_PRELOAD library. While the file named by FAIL_SYNC_WHERE_EXISTS exists, fdatasync and fsync
// fail, as on a dying disk: for all files or, if FAIL_SYNC_OF is set, for files whose path ends so.

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

using Sync = int (*)(int);

bool is_meant(int descriptor) {
  const char* const ending = std::getenv("FAIL_SYNC_OF");
  if (ending == nullptr) return true;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor))
      .string()
      .ends_with(ending);
}

int sync_unless_told_to_fail(const char* name, int descriptor) {
  const char* trigger = std::getenv("FAIL_SYNC_WHERE_EXISTS");
  if (trigger != nullptr && ::access(trigger, F_OK) == 0 && is_meant(descriptor)) {
    errno = EIO;
    return -1;
  }
  return reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, name))(descriptor);
}

}  // namespace

extern "C" int fdatasync(int descriptor) {
  return sync_unless_told_to_fail("fdatasync", descriptor);
}

extern "C" int fsync(int descriptor) { return sync_unless_told_to_fail("fsync", descriptor); }
