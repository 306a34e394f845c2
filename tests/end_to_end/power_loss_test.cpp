#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/verification.h"
#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/seeds.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/wait_until.h"

namespace lottery::test {
namespace {

constexpr int agencies = 3;
constexpr std::size_t page_bytes = 4096;

/// Used in place of a page's number, for the file's length: as it was last synced, or as it is now.
constexpr std::size_t length = std::string::npos;

/// A power loss that takes everything that was not synced.
bool none_new(std::size_t /*page*/) { return false; }

/// The document of all bets of this batch.
std::string document_of(int agency, int batch) {
  return std::to_string(agency) + "-" + std::to_string(batch);
}

std::string batch_message(int agency, int batch, int bets) {
  std::string message = std::to_string(agency) + ":4:";
  for (int i = 0; i < bets; ++i) {
    message += "Thiago Agustin,Abadia," + document_of(agency, batch) + ",1999-03-17," +
               std::to_string(i) + "\n";
  }
  return message + "\r\n";
}

/// A service on a disk that records what a power loss would leave, and agencies that upload without
/// end.
class PowerLoss : public testing::TestWithParam<unsigned> {
 protected:
  PowerLoss() { std::filesystem::create_directory(kept_); }

  /// Agencies upload until `batches` batches are acknowledged, and continue until `stop` has
  /// stopped the service.
  template <typename Stop>
  void upload(int batches, Stop stop) {
    ServiceProcess service(folder_.path(), arguments_, environment_);
    const std::uint16_t port = service.port();
    std::vector<std::jthread> uploads;
    for (int agency = 1; agency <= agencies; ++agency) {
      uploads.emplace_back([this, agency, port] {
        try {
          upload_without_end(agency, port);
        } catch (const std::exception&) {
          // The service has ended, which ends this upload.
        }
      });
    }
    wait_until([&] { return acknowledged() >= batches; });
    stop(service);
  }

  static void kill(ServiceProcess& service) {
    service.signal(SIGKILL);
    EXPECT_EQ(service.wait(), -SIGKILL);
  }

  /// Starts the service again, and asks how many batches each agency has stored. What the service
  /// says counts like an ACK.
  void ask_a_restarted_service() {
    ServiceProcess service(folder_.path(), arguments_, environment_);
    Peer peer(service.port());
    for (int agency = 1; agency <= agencies; ++agency) {
      const std::string start = "server:9:1:open:";
      const std::string point =
          peer.ask(std::to_string(agency) + ":8:" + std::string(32, 'a') + "\r\n");
      ASSERT_TRUE(point.starts_with(start)) << point;
      acknowledged_.at(static_cast<std::size_t>(agency - 1)) =
          std::stoi(point.substr(start.size()));
    }
    kill(service);
  }

  /// Has 1 to `in_flight_max` batches in flight.
  void upload_without_end(int agency, std::uint16_t port, int in_flight_max = 24) {
    Peer peer(port);
    std::atomic<int>& acknowledged = acknowledged_.at(static_cast<std::size_t>(agency - 1));
    for (int in_flight = 1;; in_flight = in_flight % in_flight_max + 1) {
      for (int i = 1; i <= in_flight; ++i) {
        peer.send(batch_message(agency, acknowledged + i, bets_of_a_batch_));
      }
      for (int i = 1; i <= in_flight; ++i) {
        if (peer.receive_until() != "server:0\r\n") return;
        ++acknowledged;
      }
    }
  }

  int acknowledged() const {
    int sum = 0;
    for (const auto& of_agency : acknowledged_) sum += of_agency;
    return sum;
  }

  /// The content of a file on the disk; empty if the file was never synced.
  std::string kept(const std::string& name) const {
    return std::filesystem::exists(kept_ / name) ? read_file(kept_ / name) : "";
  }

  /// A file as the disk may have it after the loss. For each page number, `takes_new` says whether
  /// the page is as it was written since the last sync (true) or as it was at that sync; for
  /// `length`, it says the same of the file's length.
  template <typename TakesNew>
  static std::string after_loss(const std::string& synced, const std::string& written,
                                TakesNew takes_new) {
    std::string found(takes_new(length) ? written.size() : synced.size(), '\0');
    for (std::size_t at = 0; at < found.size(); at += page_bytes) {
      const std::string& from = takes_new(at / page_bytes) ? written : synced;
      if (at >= from.size()) continue;
      const std::size_t bytes = std::min({page_bytes, from.size() - at, found.size() - at});
      found.replace(at, bytes, from, at, bytes);
    }
    return found;
  }

  /// The numbers of the WAL's pages that have been written since they were last synced.
  std::set<std::size_t> unsynced_pages_of_wal() const {
    const std::string synced = kept("bets.db-wal");
    const std::string written = read_file(folder_ / "bets.db-wal");
    std::set<std::size_t> pages;
    for (std::size_t at = 0; at < written.size(); at += page_bytes) {
      if (synced.compare(std::min(at, synced.size()), page_bytes, written, at, page_bytes) != 0) {
        pages.insert(at / page_bytes);
      }
    }
    return pages;
  }

  template <typename TakesNew>
  void expect_acknowledged_bets_after_loss(TakesNew takes_new) {
    expect_acknowledged_bets_after_loss(takes_new, takes_new);
  }

  /// `database_takes_new` and `wal_takes_new` say for each page of the database and of the WAL
  /// whether the disk has it as it was written since the last sync (see after_loss()).
  template <typename DatabaseTakesNew, typename WalTakesNew>
  void expect_acknowledged_bets_after_loss(DatabaseTakesNew database_takes_new,
                                           WalTakesNew wal_takes_new) {
    const TemporaryFolder disk;
    const auto keep = [&](const std::string& name, const auto& takes_new) {
      if (!std::filesystem::exists(folder_ / name)) return;
      disk.write(name, after_loss(kept(name), read_file(folder_ / name), takes_new));
    };
    keep("bets.db", database_takes_new);
    keep("bets.db-wal", wal_takes_new);
    const auto path = disk / "bets.db";
    EXPECT_NO_THROW(DatabaseFile{path}) << "a service starts on it";
    std::string said;
    EXPECT_TRUE(verify_database(path, [&](const std::string& line) { said += line + "\n"; }))
        << said;

    SQLite::Database database(path.string(), SQLite::OPEN_READWRITE);
    SQLite::Statement batches(database, "SELECT document, count(*) FROM bets GROUP BY document");
    std::map<std::string, int> bets;
    while (batches.executeStep()) {
      bets[batches.getColumn(0).getString()] = batches.getColumn(1).getInt();
    }
    for (const auto& [document, count] : bets) EXPECT_EQ(count, bets_of_a_batch_) << document;
    for (int agency = 1; agency <= agencies; ++agency) {
      for (int batch = 1; batch <= acknowledged_.at(static_cast<std::size_t>(agency - 1));
           ++batch) {
        EXPECT_TRUE(bets.contains(document_of(agency, batch)))
            << document_of(agency, batch) << " was acknowledged";
      }
    }
  }

  int bets_of_a_batch_ = 10;
  TemporaryFolder folder_;
  std::filesystem::path kept_ = folder_ / "kept";
  const std::vector<std::string> arguments_{"--lottery.agencies=" + std::to_string(agencies)};
  std::map<std::string, std::string> environment_{{"LD_PRELOAD", KEPT_BY_DISK_LIBRARY},
                                                  {"KEPT_BY_DISK", kept_.string()},
                                                  {"SYNC_TAKES_MS", "10"},
                                                  {"ASAN_OPTIONS", "verify_asan_link_order=0"}};
  std::array<std::atomic<int>, agencies> acknowledged_{};
};

TEST_P(PowerLoss, TakesNoAcknowledgedBet) {
  std::mt19937 random(GetParam());
  // So many that the WAL is filled up to twice.
  const int batches = std::uniform_int_distribution(1, 2500)(random);
  upload(batches, kill);
  expect_acknowledged_bets_after_loss(none_new);
  for (int i = 0; i < 5; ++i) {
    expect_acknowledged_bets_after_loss(
        [&](std::size_t) { return std::bernoulli_distribution()(random); });
  }
}

TEST_P(PowerLoss, AfterTheServiceHasStoppedTakesNoAcknowledgedBet) {
  std::mt19937 random(GetParam());
  const int batches = std::uniform_int_distribution(1, 300)(random);
  upload(batches, [](ServiceProcess& service) { EXPECT_EQ(service.stop(), 0); });
  expect_acknowledged_bets_after_loss(none_new);
}

TEST_P(PowerLoss, TakesNoBetThatARestartedServiceHasToldOf) {
  std::mt19937 random(GetParam());
  const int batches = std::uniform_int_distribution(1, 300)(random);
  upload(batches, kill);
  ask_a_restarted_service();
  expect_acknowledged_bets_after_loss(none_new);
}

INSTANTIATE_TEST_SUITE_P(Seeds, PowerLoss, seeds(4, 1));

/// The power is lost right before the n-th sync of any file after the WAL has begun anew. On the
/// disk, the frames of the old WAL, which are all valid, follow the part of the new WAL that was
/// written. If no sync separates the two WALs, a start reads the old frames up to that part, and
/// overwrites pages that were copied into the database since with old ones.
class PowerLossInANewWal : public PowerLoss {};

TEST_P(PowerLossInANewWal, TakesNoAcknowledgedBet) {
  bets_of_a_batch_ = 1;  // so that the WAL gets long with few bets, and each loss is soon checked
  constexpr int agency = 1;
  constexpr int in_flight_max = 60;
  constexpr int cuts_max = 6;
  environment_["SYNC_TAKES_MS"] = "0";
  environment_["KILL_AT_SYNC_OF_NEW_WAL"] = std::to_string(GetParam());
  {
    ServiceProcess service(folder_.path(), arguments_, environment_);
    EXPECT_ANY_THROW(upload_without_end(agency, service.port(), in_flight_max));
    ASSERT_EQ(service.wait(), -SIGKILL);
  }
  std::mt19937 random(GetParam());
  const auto random_new = [&](std::size_t) { return std::bernoulli_distribution()(random); };
  expect_acknowledged_bets_after_loss(none_new);
  int cuts = 0;
  for (const std::size_t cut : unsynced_pages_of_wal()) {
    if (++cuts > cuts_max) break;
    SCOPED_TRACE("cut at page " + std::to_string(cut));
    const auto new_from_cut = [&](std::size_t page) { return page >= cut; };
    const auto new_before_cut = [&](std::size_t page) { return page < cut; };
    expect_acknowledged_bets_after_loss(none_new, new_from_cut);
    expect_acknowledged_bets_after_loss(random_new, new_from_cut);
    if (cuts == cuts_max / 2) expect_acknowledged_bets_after_loss(random_new, new_before_cut);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Syncs, PowerLossInANewWal, seeds(7, 1));

}  // namespace
}  // namespace lottery::test
