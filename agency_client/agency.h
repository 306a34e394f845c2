#pragma once

#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "agency_client/agency_settings.h"
#include "agency_client/bets_file.h"
#include "agency_client/service_connection.h"
#include "agency_client/stop_signal.h"
#include "protocol/answer.h"
#include "protocol/request.h"

namespace lottery {

/// The service has answered ERROR, or with what is no answer to the question.
class RefusedByService : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An agency's side of a draw: what it says to the service, in order. Calls connect where that is
/// needed. They throw RefusedByService, ServiceUnreachable, and Interrupted (deadline_io.h) once a
/// stop signal has come. One thread.
class Agency {
 public:
  /// `stop` must outlive the agency.
  Agency(const AgencySettings& settings, const StopSignal& stop);

  /// Sends every bet of `file`, which has `bets` of them, in batches, each when the one before it
  /// is acknowledged.
  void upload(BetsFile& file, std::int64_t bets);

  /// Places one bet, as a line that parse_bet takes.
  void place_bet(std::string_view bet_line);

  /// DONE: closes this agency's books.
  void close_books();

  /// Asks until the draw has happened, and returns the winners, which live until the next call.
  Winners wait_for_winners();

  /// Asks the service something that changes nothing. Any answer will do.
  void ping();

  bool is_connected() const noexcept { return connection_.is_connected(); }
  void disconnect() noexcept { connection_.close(); }

 private:
  void send_batch(BetsEncoder& batch);

  AgencySettings settings_;
  const StopSignal& stop_;
  ServiceConnection connection_;
};

}  // namespace lottery
