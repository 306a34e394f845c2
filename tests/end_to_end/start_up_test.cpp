#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "service/storage/sqlite/backup.h"
#include "service/storage/sqlite/sqlite_ledger.h"
#include "service/storage/sqlite/verification.h"
#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

namespace fs = std::filesystem;

const std::string ack = "server:0\r\n";
constexpr std::array files{"bets.db", "bets.db-wal", "bets.db-journal"};

std::string batch_of(int bets) {
  std::string message = "1:4:";
  for (int i = 0; i < bets; ++i) message += "Ana,D'Elia,30904465,1999-03-17,7574\n";
  return message + "\r\n";
}

std::int64_t bets_in(const fs::path& path) {
  SQLite::Database database(path.string(), SQLite::OPEN_READONLY, 5000);
  return database.execAndGet("SELECT count(*) FROM bets").getInt64();
}

/// The number of batches of agency 1, according to the service.
int batches_told_by(ServiceProcess& service) {
  const std::string start = "server:9:1:open:";
  const std::string point = Peer(service.port()).ask("1:8:" + std::string(32, '0') + "\r\n");
  EXPECT_TRUE(point.starts_with(start)) << point;
  return std::stoi(point.substr(start.size()));
}

/// Expects that a service starts on the database, that its content is right, and that it has this
/// many bets.
void expect_taken(const fs::path& path, std::int64_t bets) {
  {
    SqliteLedger ledger(path, [](const std::string& error) { ADD_FAILURE() << error; });
  }
  std::string said;
  EXPECT_TRUE(verify_database(path, [&](const std::string& line) { said += line + "\n"; })) << said;
  EXPECT_EQ(bets_in(path), bets);
}

/// A service that is killed while it starts, at each system call that changes something.
class KilledStart : public testing::Test {
 protected:
  /// Fills a folder with the files of a killed service.
  static void leave_by_kill(const fs::path& folder) {
    ServiceProcess service(folder);
    Peer peer(service.port());
    ASSERT_EQ(peer.ask(batch_of(300)), ack);
    ASSERT_EQ(peer.ask(batch_of(1)), ack);
    service.signal(SIGKILL);
    service.wait();
  }

  /// Starts a service on copies of the files in `left` again and again, and kills it at its first
  /// such call, its second, and so on. Expects each time that the next service can use the files
  /// that are left, and also what a power loss leaves of them.
  static void expect_taken_after_every_kill(const fs::path& left, std::int64_t bets) {
    std::mt19937 random(1);
    int call = 0;
    for (bool has_started = false; !has_started;) {
      ++call;
      SCOPED_TRACE("call " + std::to_string(call));
      const TemporaryFolder folder;
      const fs::path kept = folder / "kept";
      fs::create_directory(kept);
      for (const std::string name : files) {
        if (!fs::exists(left / name)) continue;
        fs::copy_file(left / name, folder / name);
        fs::copy_file(left / name, kept / name);
      }
      {
        ServiceProcess service(
            folder.path(), {},
            {{"LD_PRELOAD", std::string(KILL_AT_CALL_LIBRARY) + ":" + KEPT_BY_DISK_LIBRARY},
             {"KILL_AT_CALL", std::to_string(call)},
             {"KEPT_BY_DISK", kept.string()},
             {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
        has_started = service.says("action: listen");
        if (has_started) service.signal(SIGKILL);
        ASSERT_EQ(service.wait(), -SIGKILL) << service.errors();
      }
      const TemporaryFolder disk;
      for (const std::string name : files) {
        if (!fs::exists(folder / name)) continue;
        const bool is_kept = fs::exists(kept / name);
        disk.write(name, after_loss(is_kept ? read_file(kept / name) : "", read_file(folder / name),
                                    random));
      }
      expect_taken(folder / "bets.db", bets);
      expect_taken(disk / "bets.db", bets);
      if (HasFailure()) return;
    }
    EXPECT_GT(call, 10);
  }

  /// A random mixture of a file's pages: some as they were last synced, some as they were written
  /// since.
  static std::string after_loss(const std::string& synced, const std::string& written,
                                std::mt19937& random) {
    constexpr std::size_t page_bytes = 4096;
    std::bernoulli_distribution takes_new;
    std::string found((takes_new(random) ? written : synced).size(), '\0');
    for (std::size_t at = 0; at < found.size(); at += page_bytes) {
      const std::string& from = takes_new(random) ? written : synced;
      if (at >= from.size()) continue;
      const std::size_t bytes = std::min({page_bytes, from.size() - at, found.size() - at});
      found.replace(at, bytes, from, at, bytes);
    }
    return found;
  }

  TemporaryFolder left_;
};

TEST_F(KilledStart, WhereNoDatabaseWas) { expect_taken_after_every_kill(left_.path(), 0); }

TEST_F(KilledStart, OnWhatAKilledServiceHasLeft) {
  leave_by_kill(left_.path());
  expect_taken_after_every_kill(left_.path(), 301);
}

TEST_F(KilledStart, OnARestoredBackup) {
  const TemporaryFolder folder;
  leave_by_kill(folder.path());
  ASSERT_TRUE(
      back_up_database(folder / "bets.db", left_ / "bets.db", [](const std::string&) {}).is_right);
  expect_taken_after_every_kill(left_.path(), 301);
}

/// A disk whose syncs fail for a while, and a shell that has the database open.
class FailedSync : public testing::Test {
 protected:
  FailedSync() { fs::create_directory(kept_); }

  void fail_syncs_of(const std::string& name) { folder_.write("failing", name); }
  void mend() { fs::remove(folder_ / "failing"); }

  ServiceProcess start() { return ServiceProcess(folder_.path(), {}, environment_); }

  /// The database as the disk has it. The service syncs the folder after it has deleted a journal.
  fs::path on_disk() const {
    if (!fs::exists(folder_ / "bets.db-journal")) fs::remove(kept_ / "bets.db-journal");
    return kept_ / "bets.db";
  }

  TemporaryFolder folder_;
  fs::path kept_ = folder_ / "kept";
  std::map<std::string, std::string> environment_{
      {"LD_PRELOAD", FORGETTING_DISK_LIBRARY},
      {"KEPT_BY_DISK", kept_.string()},
      {"FAIL_SYNC_WHERE_EXISTS", (folder_ / "failing").string()},
      {"ASAN_OPTIONS", "verify_asan_link_order=0"}};
};

TEST_F(FailedSync, OfTheWalIsMadeGoodBeforeAnybodyIsToldEvenIfAShellReadsAnOldState) {
  std::unique_ptr<SQLite::Database> shell;
  {
    ServiceProcess service = start();
    Peer peer(service.port());
    ASSERT_EQ(peer.ask(batch_of(300)), ack);
    shell = std::make_unique<SQLite::Database>((folder_ / "bets.db").string());
    shell->exec("BEGIN");
    ASSERT_EQ(shell->execAndGet("SELECT count(*) FROM bets").getInt(), 300);
    fail_syncs_of("bets.db-wal");
    peer.send(batch_of(1));
    EXPECT_EQ(peer.receive_all(), "") << "an answer, though it is not known what is stored";
    EXPECT_EQ(service.wait(), 1);
  }
  mend();
  ServiceProcess service = start();
  EXPECT_EQ(batches_told_by(service), 2);
  service.signal(SIGKILL);
  service.wait();
  expect_taken(on_disk(), 301);
}

TEST_F(FailedSync, OfTheDatabaseIsMadeGoodEvenIfAShellHasKeptWhatWasCopied) {
  const auto shell = [&] {
    ServiceProcess service = start();
    Peer peer(service.port());
    EXPECT_EQ(peer.ask(batch_of(300)), ack);
    auto opened = std::make_unique<SQLite::Database>((folder_ / "bets.db").string());
    // The Checkpointer copies only up to this state, and then syncs what it has copied.
    opened->exec("BEGIN");
    EXPECT_EQ(opened->execAndGet("SELECT count(*) FROM bets").getInt(), 300);
    fail_syncs_of("bets.db");
    try {
      // Far more than the Checkpointer copies at once.
      constexpr int batches_max = 1000;
      for (int i = 0; i < batches_max && peer.ask(batch_of(300)) == ack; ++i) {
      }
    } catch (const std::exception&) {
      // The service may end before it answers, which is expected.
    }
    EXPECT_EQ(service.wait(), 1);
    return opened;
  }();
  shell->exec("COMMIT");
  mend();
  const int batches = [&] {
    ServiceProcess service = start();
    const int told = batches_told_by(service);
    EXPECT_EQ(Peer(service.port()).ask(batch_of(1)), ack);
    service.signal(SIGKILL);
    service.wait();
    return told;
  }();
  EXPECT_GE(batches, 2);
  expect_taken(on_disk(), 300 * batches + 1);
}

TEST_F(FailedSync, OfTheDatabaseIsMadeGoodIfAShellHasCopiedTheWholeWalWithoutASync) {
  {
    ServiceProcess service = start();
    EXPECT_EQ(Peer(service.port()).ask(batch_of(300)), ack);
    service.signal(SIGKILL);
    service.wait();
  }
  // While the shell has the database open, a checkpoint finds nothing to copy, and so it does not
  // sync.
  SQLite::Database shell((folder_ / "bets.db").string(), SQLite::OPEN_READWRITE);
  shell.exec("PRAGMA synchronous = OFF");
  SQLite::Statement checkpoint(shell, "PRAGMA wal_checkpoint(PASSIVE)");
  ASSERT_TRUE(checkpoint.executeStep());
  ASSERT_EQ(checkpoint.getColumn(1).getInt(), checkpoint.getColumn(2).getInt());
  checkpoint.reset();
  {
    ServiceProcess service = start();
    EXPECT_EQ(batches_told_by(service), 1);
    EXPECT_EQ(Peer(service.port()).ask(batch_of(1)), ack);
    service.signal(SIGKILL);
    service.wait();
  }
  expect_taken(on_disk(), 301);
}

class RecordedSyncs : public testing::Test {
 protected:
  /// Starts a service on the database, waits until it has acknowledged a batch, and returns the
  /// syncs that it has made.
  std::string syncs_on(const fs::path& path) {
    ServiceProcess service(folder_.path(), {"--storage.path=" + path.string()},
                           {{"LD_PRELOAD", RECORDED_SYNCS_LIBRARY},
                            {"RECORDED_SYNCS", (folder_ / "syncs").string()},
                            {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
    Peer peer(service.port());
    fs::remove(folder_ / "syncs.of-start");
    fs::rename(folder_ / "syncs", folder_ / "syncs.of-start");
    EXPECT_EQ(peer.ask(batch_of(1)), ack);
    return read_file(folder_ / "syncs");
  }

  std::string syncs_of_start() const { return read_file(folder_ / "syncs.of-start"); }

  /// The files and folders that were synced at the start.
  std::set<std::string> synced_at_start() const {
    std::set<std::string> synced;
    std::istringstream lines(syncs_of_start());
    for (std::string line; std::getline(lines, line);) synced.insert(line);
    return synced;
  }

  TemporaryFolder folder_;
};

TEST_F(RecordedSyncs, OfTheFirstStartHaveEveryFolderThatGotANewEntry) {
  syncs_on(folder_ / "a/b/c/bets.db");
  const std::set<std::string> synced = synced_at_start();
  for (const fs::path& path : {folder_.path(), folder_ / "a", folder_ / "a/b", folder_ / "a/b/c"}) {
    EXPECT_TRUE(synced.contains(path.string())) << path;
  }
}

// Another program has created the file, and may not have synced its entry in the folder.
TEST_F(RecordedSyncs, OfAStartInAnEmptyFolderHaveTheFolderThatThisOneIsIn) {
  fs::create_directory(folder_ / "made");
  syncs_on(folder_ / "made/bets.db");
  EXPECT_TRUE(synced_at_start().contains(folder_.path().string())) << syncs_of_start();
}

TEST_F(RecordedSyncs, OfABatchAreOfTheWalThatItIsInIfTheDatabaseIsASymbolicLink) {
  fs::create_directories(folder_ / "big");
  fs::create_directories(folder_ / "var");
  {
    const TemporaryFolder other;
    ServiceProcess service(other.path());
    ASSERT_EQ(Peer(service.port()).ask(batch_of(1)), ack);
    fs::copy_file(other / "bets.db-wal", folder_ / "var/bets.db-wal");
  }
  const std::string old_wal = read_file(folder_ / "var/bets.db-wal");
  {
    SqliteLedger ledger(folder_ / "big/lottery.db", [](const std::string&) {});
  }
  fs::create_symlink("../big/lottery.db", folder_ / "var/bets.db");
  EXPECT_EQ(syncs_on(folder_ / "var/bets.db"), (folder_ / "big/lottery.db-wal").string() + "\n");
  EXPECT_EQ(read_file(folder_ / "var/bets.db-wal"), old_wal);
}

}  // namespace
}  // namespace lottery::test
