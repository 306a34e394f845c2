#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "network/deadline.h"
#include "service/ledger.h"
#include "service/storage/postgresql/connection.h"
#include "service/storage/postgresql/postgresql_ledger.h"
#include "tests/support/postgresql_server.h"

namespace lottery::test {

inline constexpr AgencyId agency_one{1};
inline constexpr AgencyId agency_two{2};
inline const std::vector<AgencyId> both_agencies{agency_one, agency_two};

/// A hash of books, for tests in which its value does not matter.
inline const std::string some_sha256(64, '0');

inline const Bet some_bet{"Ana", "Paz", "1", "1999-03-17", 7574};

inline Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

/// Begins the draw of both agencies.
void begin_draw(Ledger& ledger);

/// Stores a batch of agency 1 with one bet.
void store(Ledger& ledger, std::int64_t batch_number);

/// Why a ledger with these settings refuses to open, or "not refused".
std::string refusal(const PostgresqlSettings& settings);

/// A test with an empty database of its own, and a second way into it.
class PostgresqlLedgerTest : public testing::Test {
 protected:
  /// Returns the first value that a statement returns.
  std::string ask(const std::string& sql);

  void run(const std::string& script);

  /// Ends all sessions of this database but the one that asks for it.
  void end_other_sessions();

  std::string database_ = postgresql_server().new_database();
  std::atomic<bool> is_over_ = false;
};

/// A test on a server whose commits can be made to wait for a replica that does not exist.
class WithoutReplica : public PostgresqlLedgerTest {
 protected:
  ~WithoutReplica() override;

  /// Sets which replicas all sessions wait for, and returns once they do.
  void wait_for_replicas(const std::string& names);

  /// Waits until a session of this database waits for a replica, and returns its process id.
  std::string waiting_session(const std::string& other_than = "0");

  static bool is_waiting(std::future<void>& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::timeout;
  }
};

}  // namespace lottery::test
