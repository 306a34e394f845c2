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

/// The service has answered an ERROR that repeating does not cure, or its books and the bets file
/// do not match.
class RefusedByService : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What to do with a file whose bets have already been drawn.
struct DrawnBets {
  /// The bets are in; ask for the winners of their draw.
  static constexpr DrawnBets show_winners() { return {.again_if_drawn_by = 0}; }

  /// Place the bets in the next draw.
  static constexpr DrawnBets bet_again() { return {}; }

  /// Place the bets in the next draw if they were drawn in this draw or an earlier one. So clients
  /// that are started together bet in the same draw, even if it is over before the last of them has
  /// looked.
  std::int64_t again_if_drawn_by = std::numeric_limits<std::int64_t>::max();
};

/// An agency's side of a draw: what it sends to the service, in order. One object is one upload: it
/// sends the same upload id with every RESUME, on any connection.
///
/// With numbered batches, it sends RESUME first on every new connection, and continues after the
/// last stored batch. So every bet is stored exactly once if a connection is lost, the upload
/// continues at another address, the service restarts or is full, the client is killed and
/// restarted, or another client of the agency bets at the same time. With plain batches, it repeats
/// a message only if the message is certainly not stored, and a lost answer is an error.
///
/// Calls connect if necessary. They throw RefusedByService, ServiceUnreachable if there was no
/// progress for `reach_timeout`, CertificateRefused, BetsFileError and Interrupted. One thread.
class Agency {
 public:
  /// `stop` ends every wait. Throws std::system_error if the system provides no random bytes.
  Agency(const AgencySettings& settings, Interruption stop);

  /// Gets every bet of `file` stored and the agency's books closed. `books` is the file's balance.
  void hand_in(BetsFile& file, const Books& books, DrawnBets drawn_bets);

  /// Places one bet, a line that parse_bet accepts, in the open draw or, if none is open, in the
  /// next one.
  void place_bet(std::string_view bet_line);

  /// Waits until the draw of hand_in() has happened, and returns the agency's winners, which are
  /// valid until the next call. With plain batches, the draw is the agency's newest.
  Winners wait_for_winners();

  /// Asks the service something that changes nothing, once at each address until one answers. Any
  /// answer counts, except that the service is busy: throws TurnedAway if the service at the last
  /// address is full or can't store bets now.
  void ping();

  /// The result so far, also after a call has thrown.
  const Outcome& outcome() const noexcept { return outcome_; }

  bool is_connected() const noexcept { return connection_.is_connected(); }
  void disconnect() noexcept { connection_.close(); }

 private:
  /// The relation of the bets file to the books of a RESUME_POINT.
  enum class Standing : std::uint8_t {
    handed_in,  ///< the books are closed and contain the file
    begun,      ///< the books are open and contain the beginning of the file
    next_draw,  ///< the books' draw is over; the whole file is for the next draw
  };

  /// A refused message. The next RESUME shows whether it can be cured.
  struct Refusal {
    std::string sentence;
    ResumePoint round_began_at;
    ResumePoint known;  ///< the books as the client knew them then
  };

  void hand_in_plainly(BetsFile& file, const Books& books);
  void hand_in_numbered(BetsFile& file, const Books& books, DrawnBets drawn_bets);

  /// Throws RefusedByService if the books are neither the file, nor its beginning, nor those of a
  /// past draw. If they are its beginning, sets `file` to the first row that they do not contain.
  Standing standing_of(const ResumePoint& point, BetsFile& file, const Books& books,
                       DrawnBets drawn_bets);

  /// Sends the rest of `file`, and DONE. `known` is the resume point; it is updated as the service
  /// acknowledges.
  void send_rest(BetsFile& file, const Books& books, ResumePoint& known);

  /// Makes batches of the bets of `file` from its current row on, and calls `send_batch` for each.
  /// Their numbers begin after `last_batch`, if that is given.
  template <typename SendBatch>
  void send_batches(BetsFile& file, std::optional<std::int64_t> last_batch, SendBatch send_batch);

  void place_numbered_bet(std::string_view bet_line);

  /// Asks for the winners once. The answer is WINNERS or WAIT.
  Answer ask_for_winners();

  ResumePoint ask_resume_point();

  /// Connects if necessary, and asks.
  Answer ask(std::string_view message, std::chrono::seconds held_max = {});

  AgencySettings settings_;
  Interruption stop_;
  const UploadId upload_;
  ServiceConnection connection_;
  Retry retry_;
  Outcome outcome_;
  std::optional<ResumePoint> last_point_;     // the answer to RESUME that was furthest ahead
  std::optional<std::int64_t> drawn_before_;  // newest past draw when hand_in() began; 0: none
};

}  // namespace lottery
