#include "service/storage/sqlite/wal_sync.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "service/stopwatch.h"
#include "service/storage/sqlite/folder.h"

namespace lottery {
namespace {

std::system_error failed(int error, const std::string& what) {
  return std::system_error(error, std::generic_category(), what);
}

}  // namespace

WalSync::WalSync(const std::filesystem::path& path, LedgerMetrics& metrics)
    : metrics_(metrics), descriptor_(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) {
  if (descriptor_ < 0) throw failed(errno, path.string() + " can't be opened");
  try {
    sync_folder(path.parent_path());
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

WalSync::~WalSync() { ::close(descriptor_); }

void WalSync::committed() {
  const std::lock_guard lock(mutex_);
  ++committed_;
}

void WalSync::sync() {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = committed_;
  while (failure_ == 0 && synced_ < wanted) {
    if (syncing_) {
      sync_ended_.wait(lock);
      continue;
    }
    syncing_ = true;
    const std::uint64_t covered = committed_;
    lock.unlock();
    const Stopwatch sync_time;
    const int error = ::fdatasync(descriptor_) == 0 ? 0 : errno;
    sync_time.observe(metrics_.sync);
    lock.lock();
    syncing_ = false;
    if (error != 0) {
      failure_ = error;
    } else {
      synced_ = covered;
    }
    sync_ended_.notify_all();
  }
  if (failure_ != 0) throw failed(failure_, "the bets can't be synced to the disk");
}

}  // namespace lottery
