#include "service/status/snapshot_maker.h"

#include <chrono>
#include <tuple>
#include <utility>

#include "text/printable.h"

namespace lottery {
namespace {

constexpr std::chrono::milliseconds read_wait_max{500};

UnixTime now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

SnapshotMaker::SnapshotMaker(const StatusSources& sources, Readiness& readiness)
    : sources_(sources),
      readiness_(readiness),
      started_at_(now()),
      reading_([this] { return read(); }) {
  std::ignore = readiness_.why_not();
}

SnapshotMaker::Reading SnapshotMaker::read() {
  Reading reading;
  try {
    Lottery& lottery = sources_.lottery;
    reading.overview = lottery.make_durable(lottery.overview(counter_));
    lottery.announcement().wait_until_announced();
  } catch (const LedgerUnavailable& error) {
    reading.problem = error.what();
  } catch (const LedgerFailed& error) {
    reading.problem = error.what();
  } catch (const OutcomeUnknown& error) {
    reading.problem = error.what();
  }
  reading.files = sources_.ledger.files();
  reading.files.location = printable(reading.files.location);
  return reading;
}

Snapshot SnapshotMaker::make(std::size_t seconds) {
  Snapshot snapshot{.taken_at = now(), .started_at = started_at_};
  snapshot.not_ready_because = readiness_.why_not_lately();
  auto reading = reading_.answer(std::chrono::seconds::zero(), read_wait_max);
  if (!reading) reading = reading_.last(read_wait_max);  // readiness reports long delays
  if (reading) {
    files_ = std::move(reading->files);
    if (reading->problem) snapshot.not_ready_because = std::move(reading->problem);
    if (reading->overview) overview_ = std::move(reading->overview);
  }
  if (overview_) {
    rate_.record(*overview_, seconds);
    snapshot.overview = *overview_;
  }
  snapshot.next_agencies = sources_.lottery.next_agencies();
  snapshot.files = files_;
  snapshot.bets_per_second = rate_.now();
  snapshot.bets_by_second = rate_.history();
  snapshot.connections = sources_.server.connections();
  return snapshot;
}

}  // namespace lottery
