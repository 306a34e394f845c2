#include "service/status/snapshot.h"

#include <Poco/JSON/PrintHandler.h>

#include <chrono>
#include <cstdint>
#include <ios>
#include <sstream>

namespace lottery {
namespace {

constexpr int schema_version = 1;

/// Writes JSON, one member after another.
class Writer {
 public:
  Writer() { text_ << std::boolalpha; }

  void begin() { print_.startObject(); }
  void begin(const std::string& key) {
    print_.key(key);
    print_.startObject();
  }
  void end() { print_.endObject(); }

  void begin_list(const std::string& key) {
    print_.key(key);
    print_.startArray();
  }
  void end_list() { print_.endArray(); }

  template <typename Value>
  void member(const std::string& key, const Value& value) {
    print_.key(key);
    print(value);
  }

  void print(std::int64_t number) { print_.value(Poco::Int64{number}); }
  void print(int number) { print_.value(number); }
  void print(bool is_true) { print_.value(is_true); }
  void print(double number) { print_.value(number); }
  void print(const std::string& text) { print_.value(text); }
  void print(const char* text) { print_.value(std::string(text)); }
  void print(UnixTime time) { print(std::int64_t{time.time_since_epoch().count()}); }
  void print(const DrawId& draw) { print(draw.value); }
  void print(const AgencyId& agency) { print(agency.value); }
  template <typename Value>
  void print(const std::optional<Value>& value) {
    if (value) {
      print(*value);
    } else {
      print_.null();
    }
  }

  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  Poco::JSON::PrintHandler print_{text_};
};

void append_service(Writer& json, const Snapshot& snapshot) {
  json.begin("service");
  json.member("version", LOTTERY_VERSION);
  json.member("started_at_ms", snapshot.started_at);
  json.member("engine", snapshot.files.engine);
  json.member("database", snapshot.files.location);
  json.member("database_bytes", snapshot.files.database_bytes);
  json.member("wal_bytes", snapshot.files.wal_bytes);
  json.member("ready", !snapshot.not_ready_because.has_value());
  json.member("not_ready_because", snapshot.not_ready_because);
  json.end();
}

const char* state_of(const DrawRecord& draw) { return draw.drawn_at ? "drawn" : "open"; }

void append_draw(Writer& json, const DrawOverview& overview) {
  const DrawRecord& draw = overview.draw;
  std::int64_t done = 0;
  std::int64_t batches = 0;
  std::int64_t bets = 0;
  std::int64_t winners = 0;
  for (const AgencyOverview& agency : overview.agencies) {
    if (agency.done_at) ++done;
    batches += agency.batches;
    bets += agency.bets;
    winners += agency.winners;
  }
  json.begin("draw");
  json.member("draw_id", draw.draw);
  json.member("state", state_of(draw));
  json.member("opened_at_ms", draw.opened_at);
  json.member("drawn_at_ms", draw.drawn_at);
  json.member("winning_number", draw.winning_number);
  json.member("agencies_done", done);
  json.member("batches", batches);
  json.member("bets", bets);
  json.member("winners", draw.drawn_at ? std::optional(winners) : std::nullopt);
  json.end();
}

void append_agency(Writer& json, const AgencyOverview& agency, bool is_drawn) {
  const char* const state = is_drawn              ? "drawn"
                            : agency.done_at      ? "done"
                            : agency.batches == 0 ? "waiting"
                                                  : "betting";
  json.begin();
  json.member("agency_id", agency.agency);
  json.member("state", state);
  json.member("batches", agency.batches);
  json.member("bets", agency.bets);
  json.member("last_batch_at_ms", agency.last_batch_at);
  json.member("done_at_ms", agency.done_at);
  json.member("winners", is_drawn ? std::optional(agency.winners) : std::nullopt);
  json.end();
}

}  // namespace

std::string to_json(const Snapshot& snapshot) {
  Writer json;
  json.begin();
  json.member("schema_version", schema_version);
  json.member("taken_at_ms", snapshot.taken_at);
  append_service(json, snapshot);

  const auto& newest = snapshot.overview.newest;
  if (newest) {
    append_draw(json, *newest);
  } else {
    json.member("draw", std::optional<std::int64_t>());
  }
  json.begin_list("agencies");
  if (newest) {
    const bool is_drawn = newest->draw.drawn_at.has_value();
    for (const AgencyOverview& agency : newest->agencies) append_agency(json, agency, is_drawn);
  } else {
    for (const AgencyId agency : snapshot.next_agencies) {
      append_agency(json, {.agency = agency}, false);
    }
  }
  json.end_list();

  json.begin("bets_per_second");
  json.member("now", snapshot.bets_per_second);
  json.member("interval_seconds", 1);
  json.begin_list("history");
  for (const std::int64_t bets : snapshot.bets_by_second) json.print(bets);
  json.end_list();
  json.end();

  json.begin("connections");
  json.member("open", snapshot.connections.served);
  json.member("max", snapshot.connections.served_max);
  json.member("refused", snapshot.connections.refused);
  json.end();

  json.begin_list("past_draws");
  for (const PastDraw& past : snapshot.overview.past) {
    json.begin();
    json.member("draw_id", past.draw.draw);
    json.member("drawn_at_ms", past.draw.drawn_at);
    json.member("winning_number", past.draw.winning_number);
    json.member("bets", past.bets);
    json.member("winners", past.winners);
    json.end();
  }
  json.end_list();
  json.end();
  return json.text();
}

}  // namespace lottery
