#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

/// The `batch`th batch of a peer: three bets whose documents name the batch.
std::string batch_of(int agency, int batch) {
  std::string message = std::to_string(agency) + ":4:";
  for (int bet = 0; bet < 3; ++bet) {
    message +=
        "Ana,D'Elia," + std::to_string(batch) + "." + std::to_string(bet) + ",1999-03-17,1\n";
  }
  return message + "\r\n";
}

/// lottery_service under a tracer that records its system calls.
class TracedProcess : public Process {
 public:
  TracedProcess(const TemporaryFolder& folder, const std::vector<std::string>& arguments)
      : Process("/usr/bin/env",
                [&] {
                  std::vector<std::string> all{
                      "strace",
                      "-f",
                      "-y",
                      "-o",
                      (folder / "calls").string(),
                      "-e",
                      "trace=openat,pwrite64,fdatasync,fsync,sendto,unlink,renameat2",
                      LOTTERY_SERVICE_PROGRAM};
                  all.insert(all.end(), arguments.begin(), arguments.end());
                  return all;
                }(),
                // Leak detection does not work under a tracer.
                folder / "log", {{"ASAN_OPTIONS", "detect_leaks=0"}}),
        calls_(folder / "calls") {}

  /// Waits until the service has ended with exit code 0. Returns its calls, one in each line: calls
  /// that send in the order in which they began, all others in the order in which they ended.
  std::vector<std::string> calls() {
    EXPECT_EQ(wait(), 0) << errors();
    std::vector<std::string> calls;
    std::map<std::string, std::string> begun;  // by thread: calls that other threads' came between
    std::ifstream lines(calls_);
    for (std::string line; std::getline(lines, line);) {
      const std::string thread = line.substr(0, line.find(' '));
      const auto resumed = line.find("resumed>");
      if (line.ends_with("<unfinished ...>") && line.find("sendto(") == std::string::npos) {
        begun[thread] = line;
      } else if (resumed != std::string::npos) {
        calls.push_back(begun[thread] + line.substr(resumed));
      } else {
        calls.push_back(line);
      }
    }
    return calls;
  }

  /// Sends SIGTERM to the traced program.
  void stop() const {
    pid_t traced = 0;
    std::ifstream(calls_) >> traced;
    ASSERT_GT(traced, 0);
    ::kill(traced, SIGTERM);
  }

 private:
  std::filesystem::path calls_;
};

/// A traced service of agency 1.
class TracedService : public TracedProcess {
 public:
  explicit TracedService(const TemporaryFolder& folder)
      : TracedProcess(folder,
                      {"--service.host=127.0.0.1", "--service.port=any", "--lottery.agencies=1",
                       "--storage.path=" + (folder / "bets.db").string()}) {}

  std::uint16_t port() {
    const std::string marker = "address: 127.0.0.1:";
    const std::string log = wait_for_output(marker);
    return static_cast<std::uint16_t>(std::stoul(log.substr(log.find(marker) + marker.size())));
  }

  /// Stops the service and returns its calls.
  std::vector<std::string> calls_until_stop() {
    stop();
    return calls();
  }
};

bool contains(const std::string& call, const std::string& part) {
  return call.find(part) != std::string::npos;
}

/// True if `call` is a sync of the file or folder whose path ends with this.
bool is_sync_of(const std::string& call, const std::string& end_of_path) {
  return contains(call, "sync(") && contains(call, end_of_path + ">") && call.ends_with("= 0");
}

/// True if `call` renames a file to a name that ends with this.
bool is_rename_to(const std::string& call, const std::string& end_of_path) {
  return contains(call, "renameat2(") && contains(call, end_of_path + "\", RENAME_") &&
         call.ends_with("= 0");
}

/// The index of the last call before `end` for which `is_meant` is true, or -1.
template <typename IsMeant>
std::ptrdiff_t last_before(const std::vector<std::string>& calls, std::ptrdiff_t end,
                           IsMeant is_meant) {
  for (std::ptrdiff_t i = end - 1; i >= 0; --i) {
    if (is_meant(calls[static_cast<std::size_t>(i)])) return i;
  }
  return -1;
}

/// The index of the first call from `begin` on for which `is_meant` is true, or -1.
template <typename IsMeant>
std::ptrdiff_t first_from(const std::vector<std::string>& calls, std::ptrdiff_t begin,
                          IsMeant is_meant) {
  const auto found = std::find_if(calls.begin() + begin, calls.end(), is_meant);
  return found == calls.end() ? -1 : found - calls.begin();
}

template <typename IsMeant>
std::ptrdiff_t first_of(const std::vector<std::string>& calls, IsMeant is_meant) {
  return first_from(calls, 0, is_meant);
}

/// Expects that the folder is synced between the calls with these indexes.
void expect_folder_synced(const std::vector<std::string>& calls, std::ptrdiff_t after,
                          std::ptrdiff_t before, const std::filesystem::path& folder) {
  ASSERT_GE(after, 0);
  ASSERT_GE(before, 0);
  const auto sync = last_before(
      calls, before, [&](const std::string& call) { return is_sync_of(call, folder.string()); });
  EXPECT_GT(sync, after) << "there is no sync of the folder between\n"
                         << calls.at(static_cast<std::size_t>(after)) << " and\n"
                         << calls.at(static_cast<std::size_t>(
                                std::min(before, static_cast<std::ptrdiff_t>(calls.size()) - 1)));
}

TEST(SystemCalls, SyncTheWalBeforeEachAcknowledgement) {
  const TemporaryFolder folder;
  TracedService service(folder);
  constexpr int batches = 30;
  {
    Peer peer(service.port());
    for (int batch = 0; batch < batches; ++batch) {
      ASSERT_EQ(peer.ask(batch_of(1, batch)), "server:0\r\n");
    }
    ASSERT_EQ(peer.ask("1:5\r\n"), "server:0\r\n");
  }
  bool is_synced = true;
  int acknowledgements = 0;
  int syncs = 0;
  for (const std::string& call : service.calls_until_stop()) {
    if (call.find("sendto(") != std::string::npos) {
      if (call.find("server:0") == std::string::npos) continue;
      EXPECT_TRUE(is_synced) << call;
      ++acknowledgements;
    } else if (call.find("pwrite64(") != std::string::npos &&
               call.find("bets.db-wal>") != std::string::npos) {
      is_synced = false;
    } else if (is_sync_of(call, "/bets.db-wal")) {
      is_synced = true;
      ++syncs;
    }
  }
  EXPECT_EQ(acknowledgements, batches + 1);
  EXPECT_GE(syncs, batches + 1);
}

TEST(SystemCalls, SyncWhatAKilledServiceHasLeftBeforeAnybodyIsToldOfIt) {
  const TemporaryFolder folder;
  {
    ServiceProcess killed(folder.path(), {"--lottery.agencies=1"});
    Peer peer(killed.port());
    EXPECT_EQ(peer.ask(batch_of(1, 0)), "server:0\r\n");
    killed.signal(SIGKILL);
    EXPECT_EQ(killed.wait(), -SIGKILL);
  }
  TracedService service(folder);
  {
    Peer peer(service.port());
    EXPECT_TRUE(peer.ask("1:8:" + std::string(32, 'a') + "\r\n").starts_with("server:9:1:open:1:"));
  }
  bool is_written = false;
  bool is_synced = false;
  bool is_told = false;
  for (const std::string& call : service.calls_until_stop()) {
    if (call.find("pwrite64(") != std::string::npos) {
      is_written = is_written || call.find("/bets.db>") != std::string::npos;
    } else if (is_sync_of(call, "/bets.db")) {
      is_synced = is_written;
    } else if (call.find("server:9") != std::string::npos) {
      EXPECT_TRUE(is_synced) << call;
      is_told = true;
    }
  }
  EXPECT_TRUE(is_told);
}

// After a power loss, a new file exists only if its folder was synced after the file was created. A
// deleted file is gone only if its folder was synced after the deletion.
TEST(SystemCalls, SyncTheFolderOfTheFilesThatAServiceMakesAndDeletes) {
  const TemporaryFolder folder;
  TracedService service(folder);
  { EXPECT_EQ(Peer(service.port()).ask(batch_of(1, 0)), "server:0\r\n"); }
  const std::vector<std::string> calls = service.calls_until_stop();
  const auto ack =
      first_of(calls, [](const std::string& call) { return contains(call, "server:0"); });
  const auto deleted = last_before(calls, ack, [](const std::string& call) {
    return contains(call, "unlink(") && contains(call, "/bets.db-wal\"");
  });
  const auto made = first_from(calls, deleted + 1, [](const std::string& call) {
    return contains(call, "/bets.db-wal\"") && contains(call, "O_CREAT");
  });
  expect_folder_synced(calls, made, ack, folder.path());

  // If a deleted journal came back, it would roll back the database that the WAL is based on.
  const auto is_journals_end = [](const std::string& call) {
    return contains(call, "unlink(") && contains(call, "/bets.db-journal\"");
  };
  const auto first_frame = first_of(calls, [](const std::string& call) {
    return contains(call, "pwrite64(") && contains(call, "/bets.db-wal>");
  });
  expect_folder_synced(calls, last_before(calls, first_frame, is_journals_end), first_frame,
                       folder.path());
}

TEST(SystemCalls, SyncACopyBeforeItGetsItsNameAndItsFolderAfterwards) {
  const TemporaryFolder folder;
  {
    ServiceProcess service(folder.path(), {"--lottery.agencies=1"});
    EXPECT_EQ(Peer(service.port()).ask(batch_of(1, 0)), "server:0\r\n");
    EXPECT_EQ(service.stop(), 0);
  }
  const std::string database = "--storage.path=" + (folder / "bets.db").string();
  const std::string copy = (folder / "copy.db").string();
  {
    const auto calls = TracedProcess(folder, {database, "--backup=" + copy}).calls();
    const auto named =
        first_of(calls, [&](const std::string& call) { return is_rename_to(call, copy); });
    ASSERT_GE(named, 0);
    const auto written = last_before(calls, named, [](const std::string& call) {
      return contains(call, "pwrite64(") && contains(call, "/copy.db.unfinished-1>");
    });
    const auto synced = last_before(calls, named, [](const std::string& call) {
      return is_sync_of(call, "/copy.db.unfinished-1");
    });
    EXPECT_GT(synced, written);
    expect_folder_synced(calls, named, std::ssize(calls), folder.path());
  }
  const auto calls = TracedProcess(folder, {database, "--restore=" + copy}).calls();
  const auto is_named_marker = [](const std::string& call) {
    return contains(call, "renameat2(") && contains(call, ".restoring-") &&
           contains(call, ".unfinished-1\"");
  };
  const auto is_moved_away = [](const std::string& call) {
    return contains(call, "renameat2(") && contains(call, ".before-restore-");
  };
  const auto marked = first_of(calls, is_named_marker);
  const auto moved_away = first_of(calls, is_moved_away);
  const auto replaced = first_of(calls, [&](const std::string& call) {
    return is_rename_to(call, (folder / "bets.db").string());
  });
  // The name says that the copy is complete, so the copy must be on the disk before it gets this
  // name.
  EXPECT_GE(last_before(calls, marked,
                        [](const std::string& call) {
                          return is_sync_of(call, "/bets.db.restore.unfinished-1");
                        }),
            0);
  expect_folder_synced(calls, marked, moved_away, folder.path());
  expect_folder_synced(calls, last_before(calls, replaced, is_moved_away), replaced, folder.path());
  expect_folder_synced(calls, replaced, std::ssize(calls), folder.path());
}

}  // namespace
}  // namespace lottery::test
