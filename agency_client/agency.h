#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "agency_client/agency_settings.h"
#include "agency_client/bets_file.h"
#include "agency_client/progress.h"
#include "agency_client/result_file.h"
#include "agency_client/retry.h"
#include "agency_client/service_connection.h"
#include "agency_client/stop_signal.h"
#include "protocol/answer.h"
#include "protocol/books.h"
#include "protocol/request.h"

namespace lottery {

/// The service has answered ERROR, or with what is no answer to the question; or its books and the
/// bets file do not go together.
class RefusedByService : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What to do with a file whose bets have been drawn already.
enum class DrawnBets : std::uint8_t {
  show_winners,  ///< they are in; ask for the winners of their draw
  bet_again,     ///< in the next draw
};

/// An agency's side of a draw: what it says to the service, in order.
///
/// Numbered, it asks RESUME before anything else, on every new connection, and goes on behind what
/// the service has: a lost connection, a service that restarts or is full, a client that was killed
/// all end with every bet stored once. Plain, only what certainly has not happened is tried again,
/// and a lost answer is an error.
///
/// Calls connect where that is needed. They throw RefusedByService, ServiceUnreachable when nothing
/// has gone well for `reach_timeout`, BetsFileError, and Interrupted (deadline_io.h) once a stop
/// signal has come. One thread.
class Agency {
 public:
  /// `stop` must outlive the agency.
  Agency(const AgencySettings& settings, const StopSignal& stop);

  /// Has every bet of `file` stored, and the agency's books closed. `books` is the file's balance.
  void hand_in(BetsFile& file, const Books& books, DrawnBets drawn_bets);

  /// Places one bet, a line that parse_bet takes, in the draw that is open or opens next.
  void place_bet(std::string_view bet_line);

  /// Asks until the draw has happened, and returns the winners, which live until the next call.
  Winners wait_for_winners();

  /// Asks the service something that changes nothing, once. Any answer will do.
  void ping();

  /// What has come of it so far, also after a call has thrown.
  const Outcome& outcome() const noexcept { return outcome_; }

  bool is_connected() const noexcept { return connection_.is_connected(); }
  void disconnect() noexcept { connection_.close(); }

 private:
  void hand_in_plainly(BetsFile& file, const Books& books);

  /// One attempt at all that is left, from where the service says that it is.
  void hand_in_from(const ResumePoint& point, BetsFile& file, const Books& books,
                    DrawnBets drawn_bets);

  /// Throws AnswerLost where an answer before was not the one to its question. All ACKs are alike:
  /// where something on the way repeats a batch, the ACK that came for DONE was that batch's, and
  /// DONE may never arrive. The answer to this question is of another kind.
  void expect_in_step();

  /// True where these books are closed or drawn, in no draw from before hand_in() began.
  bool has_handed_in(const Books& books);

  /// Makes batches of the bets of `file` from its present row on, each for `send_batch`. They are
  /// numbered from the one after `last_batch`, where that is there.
  template <typename SendBatch>
  void send_batches(BetsFile& file, std::optional<std::int64_t> last_batch, SendBatch send_batch);

  ResumePoint ask_resume_point();

  /// Notes that the service has the bets of `point`, and that they are the file's.
  void note_found(const ResumePoint& point);

  /// Connects where that is needed, and asks.
  Answer ask(std::string_view message);

  AgencySettings settings_;
  const StopSignal& stop_;
  ServiceConnection connection_;
  Retry retry_;
  Outcome outcome_;
  std::optional<std::int64_t> drawn_before_;  // the newest drawn draw when hand_in() began; 0: none
};

}  // namespace lottery
