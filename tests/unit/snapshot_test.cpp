#include "service/status/snapshot.h"

#include <gtest/gtest.h>

#include <chrono>

namespace lottery::test {
namespace {

UnixTime at(std::int64_t milliseconds) { return UnixTime(std::chrono::milliseconds(milliseconds)); }

Snapshot before_the_first_bet() {
  return {.taken_at = at(5000),
          .started_at = at(1000),
          .files = {.engine = "sqlite", .location = "/srv/\"a\"/bets.db"},
          .next_agencies = {AgencyId{1}},
          .connections = {.served = 1, .served_max = 8, .turned_away = 2, .refused = 3}};
}

constexpr const char* version = LOTTERY_VERSION;

TEST(SnapshotJson, HasTheAgenciesOfTheNextDrawBeforeTheFirstBet) {
  EXPECT_EQ(to_json(before_the_first_bet()),
            std::string(R"({"schema_version":1,"taken_at_ms":5000,"service":{"version":")") +
                version +
                R"(","started_at_ms":1000,"engine":"sqlite","database":"/srv/\"a\"/bets.db",)"
                R"("database_bytes":null,"wal_bytes":null,"ready":true,"not_ready_because":null},)"
                R"("draw":null,"agencies":[{"agency_id":1,"state":"waiting","batches":0,"bets":0,)"
                R"("last_batch_at_ms":null,"done_at_ms":null,"winners":null}],)"
                R"("bets_per_second":{"now":0,"interval_seconds":1,"history":[]},)"
                R"("connections":{"open":1,"max":8,"refused":3},"past_draws":[]})");
}

TEST(SnapshotJson, HasTheDrawItsAgenciesAndThoseBeforeIt) {
  Snapshot snapshot = before_the_first_bet();
  snapshot.not_ready_because = "the disk is full";
  snapshot.files.database_bytes = 4096;
  snapshot.files.wal_bytes = 0;
  snapshot.bets_per_second = 2.5;
  snapshot.bets_by_second = {1, 4};
  snapshot.overview.newest = DrawOverview{
      .draw = {.draw = DrawId{2}, .opened_at = at(2000)},
      .agencies = {{.agency = AgencyId{1},
                    .batches = 1,
                    .bets = 4,
                    .last_batch_at = at(3000),
                    .done_at = at(4000)},
                   {.agency = AgencyId{2}, .batches = 1, .bets = 1, .last_batch_at = at(3500)},
                   {.agency = AgencyId{3}}}};
  snapshot.overview.past = {
      {.draw = {.draw = DrawId{1}, .opened_at = at(1), .drawn_at = at(2), .winning_number = 7574},
       .bets = 10,
       .winners = 3}};
  const std::string json = to_json(snapshot);
  for (
      const std::string part :
      {R"("ready":false,"not_ready_because":"the disk is full")",
       R"("database_bytes":4096,"wal_bytes":0)",
       R"("draw":{"draw_id":2,"state":"open","opened_at_ms":2000,"drawn_at_ms":null,)"
       R"("winning_number":null,"agencies_done":1,"batches":2,"bets":5,"winners":null})",
       R"({"agency_id":1,"state":"done","batches":1,"bets":4,"last_batch_at_ms":3000,)"
       R"("done_at_ms":4000,"winners":null},{"agency_id":2,"state":"betting")",
       R"({"agency_id":3,"state":"waiting")",
       R"("bets_per_second":{"now":2.5,"interval_seconds":1,"history":[1,4]})",
       R"("past_draws":[{"draw_id":1,"drawn_at_ms":2,"winning_number":7574,"bets":10,"winners":3}])"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << "\n" << json;
  }
}

TEST(SnapshotJson, HasTheWinnersOnceTheDrawHasHappened) {
  Snapshot snapshot = before_the_first_bet();
  snapshot.overview.newest = DrawOverview{
      .draw = {.draw = DrawId{1}, .opened_at = at(2000), .drawn_at = at(4000), .winning_number = 0},
      .agencies = {{.agency = AgencyId{1}, .batches = 1, .bets = 4, .winners = 2},
                   {.agency = AgencyId{2}}}};
  const std::string json = to_json(snapshot);
  for (const std::string part :
       {R"("state":"drawn","opened_at_ms":2000,"drawn_at_ms":4000)", R"("winning_number":0,)",
        R"("bets":4,"winners":2})", R"("done_at_ms":null,"winners":0})"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << "\n" << json;
  }
}

}  // namespace
}  // namespace lottery::test
