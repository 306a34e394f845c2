#include "agency_client/progress.h"

#include "program/log.h"

namespace lottery {

void Progress::batch_stored(std::int64_t bets) {
  stored_ += bets;
  if (bar_.is_on_terminal()) {
    bar_.show(stored_, bets_);
  } else {
    log().information(LogLine("apuesta_enviada", "success").field("cantidad", bets).text());
  }
}

void Progress::all_stored() {
  bar_.erase();
  if (bar_.is_on_terminal()) {
    log().information(LogLine("apuesta_enviada", "success").field("cantidad", stored_).text());
  }
}

}  // namespace lottery
