#include "service/status/snapshot_maker.h"

#include <chrono>
#include <tuple>
#include <utility>

#include "text/printable.h"

namespace lottery {
namespace {

UnixTime now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

SnapshotMaker::SnapshotMaker(const StatusSources& sources, Readiness& readiness)
    : sources_(sources), readiness_(readiness), started_at_(now()) {
  std::ignore = readiness_.why_not();
}

Snapshot SnapshotMaker::make(std::size_t seconds) {
  Snapshot snapshot{.taken_at = now(), .started_at = started_at_};
  snapshot.not_ready_because = readiness_.why_not_lately();
  try {
    Lottery& lottery = sources_.lottery;
    overview_ = lottery.make_durable(lottery.overview(counter_));
    lottery.announcement().wait_until_announced();
    rate_.record(overview_, seconds);
  } catch (const LedgerUnavailable& error) {
    snapshot.not_ready_because = error.what();
  } catch (const LedgerFailed& error) {
    snapshot.not_ready_because = error.what();
  }
  snapshot.overview = overview_;
  snapshot.next_agencies = sources_.lottery.next_agencies();
  snapshot.files = sources_.ledger.files();
  snapshot.files.location = printable(snapshot.files.location);
  snapshot.bets_per_second = rate_.now();
  snapshot.bets_by_second = rate_.history();
  snapshot.connections = sources_.server.connections();
  return snapshot;
}

}  // namespace lottery
