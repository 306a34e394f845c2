#include "service/storage/postgresql/database_watch.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

#include "tests/support/postgresql_ledger_fixture.h"

namespace lottery::test {
namespace {

using DatabaseWatchTest = PostgresqlLedgerTest;
using DatabaseWatchOfReplicas = WithoutReplica;

/// What a ledger has reported about its server: a sentence if it can't be used, and an empty text
/// if it can be used again.
class UsableReports {
 public:
  void add(const std::string& problem) {
    const std::lock_guard lock(mutex_);
    reports_.push_back(problem);
    changed_.notify_one();
  }

  /// Waits for the next report. Throws std::runtime_error if there is none for 20 seconds.
  std::string next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, soon(), [&] { return !reports_.empty(); })) {
      throw std::runtime_error("no report");
    }
    std::string first = reports_.front();
    reports_.pop_front();
    return first;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> reports_;
};

TEST_F(DatabaseWatchTest, TellsOtherServicesOfADraw) {
  PostgresqlLedger here({.connection = database_});
  PostgresqlLedger there({.connection = database_});
  std::promise<void> told;
  there.watch_draws([&] { told.set_value(); });
  begin_draw(here);
  for (const AgencyId agency : both_agencies) {
    here.write(agency, [&](WriteTransaction& transaction) {
      transaction.close_books(DrawId{1}, agency, Books{0, some_sha256}, {});
      if (transaction.all_books_closed(DrawId{1})) transaction.draw_winners(DrawId{1}, 7574);
      transaction.commit();
    });
  }
  EXPECT_EQ(told.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  there.watch_draws({});
}

TEST_F(DatabaseWatchTest, TellsOfADrawThatMayHaveHappenedWhileItHadNoConnection) {
  PostgresqlLedger ledger({.connection = database_});
  std::promise<void> told;
  std::once_flag first;
  ledger.watch_draws([&] { std::call_once(first, [&] { told.set_value(); }); });
  end_other_sessions();
  EXPECT_EQ(told.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  ledger.watch_draws({});
}

TEST_F(DatabaseWatchTest, RefusesOtherTermsThanThoseOfAServiceAtWork) {
  auto first = std::make_unique<PostgresqlLedger>(
      PostgresqlSettings{.connection = database_, .terms = "7574 1 2"});
  EXPECT_EQ(refusal({.connection = database_, .terms = "7574 1 2"}), "not refused");
  EXPECT_EQ(refusal({.connection = database_, .terms = "7575 1 2"}),
            "another service that runs on this database has a different lottery.agencies or "
            "lottery.winning_number: give all of them the same values");
  first.reset();
  // The server notices a moment later that the connection is gone.
  while (refusal({.connection = database_, .terms = "7575 1 2"}) != "not refused") {
  }
}

TEST_F(DatabaseWatchTest, EndsIfAServiceWithOtherTermsHasBegunWhileItHadNoConnection) {
  std::promise<std::string> failure;
  const PostgresqlLedger first({.connection = database_, .terms = "7574 1 2"},
                               {.failed = [&](const std::string& why) { failure.set_value(why); }});
  // Cuts off the first one again and again, until the other one has started.
  std::unique_ptr<PostgresqlLedger> other;
  while (!other) {
    end_other_sessions();
    try {
      other = std::make_unique<PostgresqlLedger>(
          PostgresqlSettings{.connection = database_, .terms = "7575 1 2"});
    } catch (const std::runtime_error&) {
      // The first one has reconnected before the other one started.
    }
  }
  auto told = failure.get_future();
  ASSERT_EQ(told.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(told.get(),
            "another service that runs on this database has a different lottery.agencies or "
            "lottery.winning_number: give all of them the same values");
}

TEST_F(DatabaseWatchTest, EndsIfANewerServiceHasChangedTheSchema) {
  std::promise<std::string> failure;
  const PostgresqlLedger ledger({.connection = database_}, {.failed = [&](const std::string& why) {
                                  failure.set_value(why);
                                }});
  run("UPDATE schema_version SET version = version + 1");
  auto told = failure.get_future();
  ASSERT_EQ(told.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(told.get(), "a newer service has changed the schema of the database");
}

TEST_F(DatabaseWatchTest, ReportsThatTheServerIsLostAndThatItIsBack) {
  UsableReports reports;
  const PostgresqlLedger ledger({.connection = database_},
                                {.usable = [&](const std::string& why) { reports.add(why); }});
  end_other_sessions();
  EXPECT_NE(reports.next(), "");
  EXPECT_EQ(reports.next(), "");
}

TEST_F(DatabaseWatchOfReplicas, ReportsOnceThatCommitsWaitForTooFewReplicas) {
  { const PostgresqlLedger ledger({.connection = database_}); }
  wait_for_replicas("nobody");
  UsableReports reports;
  const PostgresqlLedger ledger({.connection = database_, .synchronous_replicas = 1},
                                {.usable = [&](const std::string& why) { reports.add(why); }});
  wait_for_replicas("");
  EXPECT_EQ(reports.next(),
            "a commit waits for 0 synchronous replicas (synchronous_standby_names), but "
            "storage.postgresql.synchronous_replicas requires 1");
  wait_for_replicas("nobody");
  EXPECT_EQ(reports.next(), "") << "once, however often the watch has looked";
}

}  // namespace
}  // namespace lottery::test
