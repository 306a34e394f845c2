#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>

#include "service/ledger_metrics.h"

namespace lottery {

/// Makes committed transactions durable. Many threads share one sync of the WAL.
///
/// 1. The writing connection commits: the frames are in the WAL, but the WAL is not synced (see
///    durable_writer.h).
/// 2. committed() counts the commit before the next commit can write.
/// 3. sync() returns when an fdatasync has ended that began after that count. One thread syncs for
///    all waiting threads; threads that come during a sync share the next one.
///
/// This gives the durability of `synchronous=FULL`, but lets the next batches be inserted during
/// the sync. Checkpoints sync the WAL and the database themselves, so a restarted WAL has
/// overwritten nothing that a pending sync() needs.
///
/// Any thread may call.
class WalSync {
 public:
  /// The WAL at `path` must exist, and must stay. `metrics` must outlive this. Throws
  /// std::system_error if the WAL can't be opened or its folder can't be synced.
  WalSync(const std::filesystem::path& path, LedgerMetrics& metrics);
  ~WalSync();
  WalSync(const WalSync&) = delete;
  WalSync& operator=(const WalSync&) = delete;

  /// Counts a commit.
  void committed();

  /// Returns when every commit counted before the call is durable. Throws std::system_error if a
  /// sync has failed. Every later call then throws too, because the state of the file is unknown.
  void sync();

 private:
  LedgerMetrics& metrics_;
  int descriptor_;
  std::mutex mutex_;
  std::condition_variable sync_ended_;
  // The number of commits. The WAL's previous content counts as one commit, because a killed
  // process may not have synced it.
  std::uint64_t committed_ = 1;
  std::uint64_t synced_ = 0;  // how many of them are durable
  bool syncing_ = false;
  int failure_ = 0;  // the errno of the sync that failed
};

}  // namespace lottery
