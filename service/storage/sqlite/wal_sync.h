#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>

#include "service/ledger_metrics.h"

namespace lottery {

/// Makes the committed transactions of many threads durable with one sync of the WAL.
///
/// 1. The writing connection commits: the frames are in the WAL, but not synced (see
///    durable_writer.h).
/// 2. committed() counts the commit before the next commit can be written.
/// 3. sync() returns when an fdatasync has ended that began after that count. One thread syncs for
///    all waiting threads; the next sync covers all threads that came during this one.
///
/// This gives the guarantee of `synchronous=FULL`, and lets the next batches be inserted during the
/// sync. Checkpoints sync the WAL and the database themselves, so a WAL that begins anew contains
/// nothing that a pending sync() needs.
///
/// Any thread may call.
class WalSync {
 public:
  /// The WAL at `path` must exist and stay in place. `metrics` must outlive this. Throws
  /// std::system_error if the WAL can't be opened or its folder can't be synced.
  WalSync(const std::filesystem::path& path, LedgerMetrics& metrics);
  ~WalSync();
  WalSync(const WalSync&) = delete;
  WalSync& operator=(const WalSync&) = delete;

  /// Counts a commit.
  void committed();

  /// Returns when every commit counted before the call is durable. Throws std::system_error if a
  /// sync has failed; then every later call throws too, because the state of the file is unknown.
  void sync();

 private:
  LedgerMetrics& metrics_;
  int descriptor_;
  std::mutex mutex_;
  std::condition_variable sync_ended_;
  // The number of commits. What the WAL contained at the start counts as one commit, because a
  // killed process may not have synced it.
  std::uint64_t committed_ = 1;
  std::uint64_t synced_ = 0;  // how many commits are durable
  bool syncing_ = false;
  int failure_ = 0;  // the errno of the sync that failed
};

}  // namespace lottery
