// Loaded before the C library (LD_PRELOAD), this keeps, in the folder that KEPT_BY_DISK names, what
// a loss of power can't take: each file as it was when the last sync of it that has ended began. A
// file is kept before the sync of it returns.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace {

using Sync = int (*)(int);

std::mutex mutex;
std::uint64_t syncs_begun = 0;
std::map<std::string, std::uint64_t> sync_kept;  // by the file's name

/// Copies what the file holds now. The descriptor itself is read, for closing another one of the
/// same file would end the locks that SQLite has on it.
void copy(int descriptor, const std::string& to) {
  const int out = ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::vector<char> buffer(1U << 20U);
  off_t offset = 0;
  for (ssize_t bytes = 0; (bytes = ::pread(descriptor, buffer.data(), buffer.size(), offset)) > 0;
       offset += bytes) {
    if (::write(out, buffer.data(), static_cast<std::size_t>(bytes)) != bytes) std::abort();
  }
  ::close(out);
}

int sync_and_keep(const char* name, int descriptor) {
  const auto sync = reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, name));
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return sync(descriptor);

  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex);
    number = ++syncs_begun;
  }
  const std::string file =
      std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor)).filename();
  const std::string kept = std::string(std::getenv("KEPT_BY_DISK")) + "/" + file;
  const std::string copied = kept + "." + std::to_string(number);
  copy(descriptor, copied);
  const int result = sync(descriptor);

  const std::lock_guard lock(mutex);
  if (result == 0 && number > sync_kept[file]) {
    sync_kept[file] = number;
    std::rename(copied.c_str(), kept.c_str());
  } else {
    ::unlink(copied.c_str());
  }
  return result;
}

}  // namespace

extern "C" int fdatasync(int descriptor) { return sync_and_keep("fdatasync", descriptor); }

extern "C" int fsync(int descriptor) { return sync_and_keep("fsync", descriptor); }
