#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "program/log.h"
#include "protocol/request.h"
#include "service/ledger.h"
#include "service/lottery.h"

namespace lottery {

/// What one peer says, and what it is told: messages in, answers out, in the same order. It has no
/// socket; one belongs to a connection, and to its thread.
///
/// An answer is a promise, so it waits in here until flush() has made durable what it tells.
/// Handling several messages before one flush() lets them share a sync.
class Session {
 public:
  /// `peer` names the other side in the log. `dialect` is Dialect::single_bet where that is spoken,
  /// and Dialect::typed where the others are. The lottery and its ledger must outlive this.
  Session(Lottery& lottery, Ledger& ledger, std::string peer, Dialect dialect);

  /// Handles one message, without its end.
  void handle(std::string_view message);

  /// Refuses what can't be taken for a message at all. Nothing more is to be handled.
  void refuse(std::string_view reason);

  /// True once nothing more is to be handled: flush, send and close.
  bool is_over() const noexcept { return is_over_; }

  /// True once flush() should not wait for more: much waits for it already, or something has gone
  /// wrong that the peer should know of.
  bool is_full() const noexcept;

  /// True where nothing waits for flush().
  bool is_flushed() const noexcept { return pending_.empty(); }

  /// Makes durable what was handled, logs it, and returns the answers: the bytes to send, empty
  /// where there are none. Where it can't be made durable, every answer is an ERROR.
  std::string flush();

 private:
  /// An answer that is not flushed yet: how to log it either way, and how to say ERROR instead.
  struct Pending {
    Dialect dialect;
    std::vector<LogLine> lines;        // where it flushes
    std::optional<AgencyId> agency{};  // of a batch
    std::size_t bets = 0;
  };

  void answer(const Bets& bets);
  void answer(const Done& done);
  void answer(const RequestWinners& request);
  void answer(const Resume& request);
  void answer(const AwaitWinners& request);
  void answer(const BadRequest& bad);

  void answer_error(Dialect dialect, std::string_view reason);

  /// How far an agency is that has asked RESUME on this connection.
  struct Resuming {
    Resumed resumed;
    std::int64_t last_batch = 0;  ///< of those that this connection knows of
    /// The first batch that was refused, and not stored since. Those that are on their way behind
    /// it must not be stored: another client may be storing others under its number.
    std::optional<std::int64_t> refused_batch{};
  };

  /// Null where it has not asked.
  Resuming* resuming(AgencyId agency);
  std::optional<Resumed> resumed(AgencyId agency);

  /// Notes what has become of a batch.
  void note_stored(AgencyId agency, const BetsStored& stored);
  void note_repeated(AgencyId agency, std::int64_t number);
  void note_refused(std::optional<AgencyId> agency, std::optional<std::int64_t> number);

  Lottery& lottery_;
  Ledger& ledger_;
  std::string peer_;
  Dialect dialect_;
  RequestDecoder decoder_;
  std::map<AgencyId, Resuming> resuming_;  // agencies of the lottery's, so there are not many
  std::string answers_;
  std::vector<Pending> pending_;
  int batches_pending_ = 0;
  bool is_over_ = false;
  bool is_urgent_ = false;
};

}  // namespace lottery
