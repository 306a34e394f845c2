// An LD_PRELOAD library that holds the syncs of WALs (files named *-wal), and counts them. It is
// controlled by files in the folder named by HELD_SYNCS:
//
// - while "hold" exists, each sync waits, and creates "holding";
// - if "fail" exists when the wait ends, the sync fails, as on a dying disk;
// - each sync that has succeeded adds a line to "synced".

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

namespace {

using Sync = int (*)(int);

constexpr std::chrono::milliseconds poll_interval{1};

std::string path_of(const char* name) {
  return std::string(std::getenv("HELD_SYNCS")) + "/" + name;
}

bool is_there(const char* name) { return ::access(path_of(name).c_str(), F_OK) == 0; }

void append(const char* name, const std::string& text) {
  const int file = ::open(path_of(name).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::abort();
  ::close(file);
}

int sync_unless_held(const char* name, int descriptor) {
  const auto sync = reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, name));
  const std::string file =
      std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor));
  if (!file.ends_with("-wal")) return sync(descriptor);
  if (is_there("hold")) append("holding", "\n");
  while (is_there("hold")) std::this_thread::sleep_for(poll_interval);
  if (is_there("fail")) {
    errno = EIO;
    return -1;
  }
  const int result = sync(descriptor);
  if (result == 0) append("synced", "\n");
  return result;
}

}  // namespace

extern "C" int fdatasync(int descriptor) { return sync_unless_held("fdatasync", descriptor); }

extern "C" int fsync(int descriptor) { return sync_unless_held("fsync", descriptor); }
