#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>

#include "service/ledger_metrics.h"

namespace lottery {

/// Makes committed transactions durable: those of many threads with one sync of the WAL.
///
/// 1. The writing connection commits: the frames are in the WAL, and the WAL is not synced (see
///    durable_writer.h).
/// 2. committed() counts the commit, before the next one can write.
/// 3. sync() returns once an fdatasync has ended that began after that count. One thread syncs for
///    all who wait: the next sync takes everybody who came while this one was under way.
///
/// This promises what `synchronous=FULL` does, and lets the next batches be inserted during the
/// sync. Checkpoints sync the WAL and the database by themselves, so a WAL that begins anew holds
/// nothing that a pending sync() needs.
///
/// Any thread may call.
class WalSync {
 public:
  /// The WAL at `path` must be there, and stay. `metrics` must outlive this. Throws
  /// std::system_error if the WAL can't be opened, or its folder can't be synced.
  WalSync(const std::filesystem::path& path, LedgerMetrics& metrics);
  ~WalSync();
  WalSync(const WalSync&) = delete;
  WalSync& operator=(const WalSync&) = delete;

  /// Counts a commit.
  void committed();

  /// Returns once every commit counted before the call is durable. Throws std::system_error if a
  /// sync has failed; every later call throws too, for the state of the file is not known any more.
  void sync();

 private:
  LedgerMetrics& metrics_;
  int descriptor_;
  std::mutex mutex_;
  std::condition_variable sync_ended_;
  // How many commits there were. What the WAL held before is one: a process that was killed may not
  // have synced it.
  std::uint64_t committed_ = 1;
  std::uint64_t synced_ = 0;  // how many of them are durable
  bool syncing_ = false;
  int failure_ = 0;  // the errno of the sync that failed
};

}  // namespace lottery
