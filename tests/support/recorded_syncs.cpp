// An LD_PRELOAD library that appends the path of every file and folder passed to fsync or fdatasync
// to the file named by RECORDED_SYNCS, one per line.

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

using Sync = int (*)(int);

int sync_and_record(const char* name, int descriptor) {
  const std::string line =
      std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor)).string() + "\n";
  const int record =
      ::open(std::getenv("RECORDED_SYNCS"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (::write(record, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
  ::close(record);
  return reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, name))(descriptor);
}

}  // namespace

extern "C" int fdatasync(int descriptor) { return sync_and_record("fdatasync", descriptor); }

extern "C" int fsync(int descriptor) { return sync_and_record("fsync", descriptor); }
