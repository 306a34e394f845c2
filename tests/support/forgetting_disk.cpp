// An LD_PRELOAD library that keeps, in the folder named by KEPT_BY_DISK, what a disk has if its
// syncs fail: for each file, the pages that were written and then synced.
//
// While the file named by FAIL_SYNC_WHERE_EXISTS exists, syncs of the file whose name it contains
// fail. As in Linux, pages whose sync has failed count as clean afterwards: a later sync succeeds
// and does not write them, unless they have been written again. The same is true for pages that
// another process has written and not synced.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace {

constexpr off_t page_bytes = 4096;

std::recursive_mutex mutex;
std::map<std::string, std::set<off_t>> dirty_pages;  // by the file's name

std::string name_of(int descriptor) {
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor)).filename();
}

bool is_regular(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

template <typename Function, typename... Arguments>
auto call(const char* name, Arguments... arguments) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name))(arguments...);
}

template <typename Offset>
ssize_t write_and_mark(const char* name, int descriptor, const void* bytes, size_t count,
                       Offset offset) {
  using Write = ssize_t (*)(int, const void*, size_t, Offset);
  if (descriptor > 2 && is_regular(descriptor)) {
    const std::lock_guard lock(mutex);
    std::set<off_t>& pages = dirty_pages[name_of(descriptor)];
    const off_t end = offset + static_cast<off_t>(count);
    for (off_t page = offset / page_bytes; page * page_bytes < end; ++page) pages.insert(page);
  }
  return call<Write>(name, descriptor, bytes, count, offset);
}

void keep(int descriptor, const std::string& name, const std::set<off_t>& pages) {
  const std::string kept = std::string(std::getenv("KEPT_BY_DISK")) + "/" + name;
  const int out = ::open(kept.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  std::array<char, page_bytes> page{};
  for (const off_t number : pages) {
    const ssize_t bytes = ::pread(descriptor, page.data(), page.size(), number * page_bytes);
    if (bytes > 0) {
      call<ssize_t (*)(int, const void*, size_t, off_t)>(
          "pwrite", out, page.data(), static_cast<size_t>(bytes), number * page_bytes);
    }
  }
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || ::ftruncate(out, status.st_size) != 0) std::abort();
  ::close(out);
}

bool must_fail(const std::string& name) {
  std::ifstream trigger(std::getenv("FAIL_SYNC_WHERE_EXISTS"));
  std::string failing;
  return trigger >> failing && failing == name;
}

int sync_and_keep(const char* function, int descriptor) {
  if (!is_regular(descriptor)) return call<int (*)(int)>(function, descriptor);
  const std::lock_guard lock(mutex);
  const std::string name = name_of(descriptor);
  const std::set<off_t> pages = std::exchange(dirty_pages[name], {});
  if (must_fail(name)) {
    errno = EIO;
    return -1;
  }
  keep(descriptor, name, pages);
  return call<int (*)(int)>(function, descriptor);
}

}  // namespace

extern "C" {

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
  return write_and_mark("pwrite", descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t offset) {
  return write_and_mark("pwrite64", descriptor, bytes, count, offset);
}

int fsync(int descriptor) { return sync_and_keep("fsync", descriptor); }

int fdatasync(int descriptor) { return sync_and_keep("fdatasync", descriptor); }

}  // extern "C"
