// An LD_PRELOAD library that keeps, in the folder named by KEPT_BY_DISK, what a power loss can't
// destroy: for each file, its content at the start of its last completed sync. The copy is made
// before the sync returns.
//
// SYNC_TAKES_MS: the minimum duration of a sync, so that writes during a sync are common.
//
// KILL_AT_SYNC_OF_NEW_WAL: kills the process just before its n-th sync of any file after its WAL
// has begun anew; the sync that detects this is the first. A WAL has begun anew when its salts have
// changed and it is longer than at the start of a service (SQLite, "WAL-mode File Format", 4.1).

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using Sync = int (*)(int);

using Salts = std::array<char, 8>;
constexpr auto salts_bytes = static_cast<ssize_t>(std::tuple_size_v<Salts>);
constexpr off_t salts_at = 16;
constexpr off_t long_wal_bytes = off_t{1} << 20;

std::mutex mutex;
std::uint64_t syncs_begun = 0;
std::map<std::string, std::uint64_t> sync_kept;  // by the file's name

/// Copies the current content of the file. Reads through the same descriptor, because closing
/// another descriptor of the file would release SQLite's locks on it.
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

int number_in(const char* variable) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? 0 : std::atoi(text);
}

/// Counts the syncs since the WAL of this file (or this WAL) has begun anew, and kills the process
/// at the requested one. Call with the mutex locked.
void kill_at_sync_of_new_wal(const std::string& path) {
  static const int last = number_in("KILL_AT_SYNC_OF_NEW_WAL");
  static Salts salts{};
  static int syncs = 0;
  if (last == 0) return;
  if (syncs == 0) {
    const int wal =
        ::open((path.ends_with("-wal") ? path : path + "-wal").c_str(), O_RDONLY | O_CLOEXEC);
    if (wal < 0) return;
    const Salts before = salts;
    struct stat status {};
    const bool is_long = ::fstat(wal, &status) == 0 && status.st_size >= long_wal_bytes &&
                         ::pread(wal, salts.data(), salts.size(), salts_at) == salts_bytes;
    ::close(wal);
    if (!is_long || before == Salts{} || before == salts) return;
  }
  if (++syncs < last) return;
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

int sync_and_keep(const char* name, int descriptor) {
  const auto sync = reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, name));
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return sync(descriptor);

  const std::filesystem::path path =
      std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor));
  const std::string file = path.filename();
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex);
    kill_at_sync_of_new_wal(path);
    number = ++syncs_begun;
  }
  const std::string kept = std::string(std::getenv("KEPT_BY_DISK")) + "/" + file;
  const std::string copied = kept + "." + std::to_string(number);
  copy(descriptor, copied);
  std::this_thread::sleep_for(std::chrono::milliseconds(number_in("SYNC_TAKES_MS")));
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
