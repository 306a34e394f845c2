#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
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
#include "network/interruption.h"
#include "protocol/answer.h"
#include "protocol/books.h"
#include "protocol/request.h"
#include "protocol/upload_id.h"

namespace lottery {

/// The service has answered an ERROR that a repeat does not cure; or its books and the bets file do
/// not go together.
class RefusedByService : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What to do with a file whose bets have been drawn already.
struct DrawnBets {
  /// They are in; ask for the winners of their draw.
  static constexpr DrawnBets show_winners() { return {.again_if_drawn_by = 0}; }

  /// Bet them in the next draw.
  static constexpr DrawnBets bet_again() { return {}; }

  /// Bet them in the next draw if they were drawn in this draw or an earlier one. So clients that
  /// are started together bet in one draw, although it may be over before the last one has looked.
  std::int64_t again_if_drawn_by = std::numeric_limits<std::int64_t>::max();
};

/// An agency's side of a draw: what it says to the service, in order. One object is one upload: it
/// sends the same upload id with every RESUME, on any connection.
///
/// Numbered, it sends RESUME first on every new connection, and continues after what the service
/// has. So every bet is stored once if a connection is lost, the upload goes on at another address,
/// the service restarts or is full, the client is killed and started again, or another client of
/// the agency bets at the same time.
/// Plain, it repeats only a message that is certainly not stored, and a lost answer is an error.
///
/// Calls connect if that is needed. They throw RefusedByService, ServiceUnreachable when there was
/// no progress for `reach_timeout`, CertificateRefused, BetsFileError and Interrupted. One thread.
class Agency {
 public:
  /// `stop` ends every wait. Throws std::system_error if the system has no random bytes.
  Agency(const AgencySettings& settings, Interruption stop);

  /// Has every bet of `file` stored, and the agency's books closed. `books` is the file's balance.
  void hand_in(BetsFile& file, const Books& books, DrawnBets drawn_bets);

  /// Places one bet, a line that parse_bet takes, in the draw that is open or opens next.
  void place_bet(std::string_view bet_line);

  /// Waits until the draw that hand_in() took part in has happened, and returns its winners, which
  /// live until the next call. Plain, it is the agency's newest draw.
  Winners wait_for_winners();

  /// Asks the service something that changes nothing, once at each address until one answers. Any
  /// answer will do, except that the service is busy: it throws TurnedAway if it is full, or can't
  /// store bets now, at the last address.
  void ping();

  /// What has come of it so far, also after a call has thrown.
  const Outcome& outcome() const noexcept { return outcome_; }

  bool is_connected() const noexcept { return connection_.is_connected(); }
  void disconnect() noexcept { connection_.close(); }

 private:
  /// How the bets file stands to the books of a RESUME_POINT.
  enum class Standing : std::uint8_t {
    handed_in,  ///< the books are closed, and hold the file
    begun,      ///< the books are open, and hold the beginning of the file
    next_draw,  ///< the books are of a draw that is over; all of the file is for the next one
  };

  /// A refusal of a message. The next RESUME shows whether it can be cured.
  struct Refusal {
    std::string sentence;
    ResumePoint round_began_at;
    ResumePoint known;  ///< the books as the client knew them
  };

  void hand_in_plainly(BetsFile& file, const Books& books);
  void hand_in_numbered(BetsFile& file, const Books& books, DrawnBets drawn_bets);

  /// Throws RefusedByService if the books are neither the file, nor its beginning, nor of an old
  /// draw. If they are its beginning, the next row of `file` is the first that is not in them.
  Standing standing_of(const ResumePoint& point, BetsFile& file, const Books& books,
                       DrawnBets drawn_bets);

  /// Sends all that is left of `file`, and DONE. `known` is the resume point, and follows what the
  /// service acknowledges.
  void send_rest(BetsFile& file, const Books& books, ResumePoint& known);

  /// Makes batches of the bets of `file` from its present row on, each for `send_batch`. They are
  /// numbered from the one after `last_batch`, if that is there.
  template <typename SendBatch>
  void send_batches(BetsFile& file, std::optional<std::int64_t> last_batch, SendBatch send_batch);

  void place_numbered_bet(std::string_view bet_line);

  /// Asks for the winners once: the answer is WINNERS or WAIT.
  Answer ask_for_winners();

  ResumePoint ask_resume_point();

  /// Connects if that is needed, and asks.
  Answer ask(std::string_view message, std::chrono::seconds held_max = {});

  AgencySettings settings_;
  Interruption stop_;
  const UploadId upload_;
  ServiceConnection connection_;
  Retry retry_;
  Outcome outcome_;
  std::optional<ResumePoint> last_point_;     // the furthest answer to RESUME
  std::optional<std::int64_t> drawn_before_;  // the newest drawn draw when hand_in() began; 0: none
};

}  // namespace lottery
