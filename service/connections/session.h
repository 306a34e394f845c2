#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "network/peer_certificate.h"
#include "program/log.h"
#include "protocol/request.h"
#include "service/connections/complaints.h"
#include "service/connections/connection_metrics.h"
#include "service/connections/upload_tracker.h"
#include "service/draw_announcement.h"
#include "service/ledger.h"
#include "service/lottery.h"
#include "service/sender.h"
#include "service/stopwatch.h"
#include "service/untold.h"

namespace lottery {

/// The protocol of one connection: takes messages, makes their answers, in the same order. It has
/// no socket. Belongs to one connection and its thread.
///
/// An answer is a promise. So the session keeps it untold until flush() has made durable what it
/// says. Several messages that are handled before one flush() share its sync.
class Session {
 public:
  /// `peer` names the peer in the log. `dialect` is Dialect::single_bet on the port for that
  /// dialect, and Dialect::typed on the port for all others. A peer with a certificate may speak
  /// only for the agencies that the certificate names. The lottery and `metrics` must outlive this.
  Session(Lottery& lottery, ConnectionMetrics& metrics, std::string peer, Dialect dialect,
          std::optional<PeerCertificate> certificate = {});

  /// Handles one message, without its line end. No draw must be awaited.
  void handle(std::string_view message);

  /// Refuses bytes that can't be a message at all. No further message must be handled.
  void refuse(std::string_view reason);

  /// The draw that an AWAIT_WINNERS waits for, or null. While it is not null, the answer is held:
  /// call draw_happened() or stop_awaiting() before handling the next message.
  const DrawAnnouncement::NextDraw* awaited_draw() const noexcept;

  /// Answers AWAIT_WINNERS, if it was the awaited draw that happened.
  void draw_happened();

  /// Answers AWAIT_WINNERS with WAIT.
  void stop_awaiting();

  /// True once the peer has sent a valid message: a request that was answered with anything but an
  /// ERROR, or whose answer is held until the draw.
  bool has_taken_message() const noexcept { return has_taken_message_; }

  /// True when no further message is to be handled: flush, send and close.
  bool is_over() const noexcept { return is_over_; }

  /// True if flush() should not wait for more messages: many answers wait already, or an error has
  /// happened that the peer should know of.
  bool is_full() const noexcept;

  /// How long the peer must wait before its next message is handled: 0, unless it keeps sending
  /// messages that store nothing. At most 100 ms.
  std::chrono::milliseconds pause() const noexcept;

  /// True if no answer waits for flush().
  bool is_flushed() const noexcept { return answers_.empty() && durable_.empty(); }

  /// Makes the handled messages durable, logs them, and returns the bytes of the answers (empty if
  /// there are none). Long answers come in parts, each made when it is asked for: call this again
  /// until is_flushed(). If the ledger has failed, it is not known what is stored; then there are
  /// no answers, and the session is over. Throws LedgerUnavailable if the rest of an answer can't
  /// be read; then nothing more must be sent, so that the peer can't mistake the part for the
  /// whole.
  std::string flush();

  /// Frees the memory of handled messages, before a silence that may be long.
  void release_memory() noexcept;

 private:
  /// A message that was read from the connection.
  struct Taken {
    Stopwatch since;
    std::size_t bytes = 0;
  };

  struct Answer {
    std::string text;                  // in the bytes of the protocol
    std::vector<LogLine> lines{};      // to log after the flush
    std::optional<LogLine> draw{};     // the log line of the draw, if it has drawn; logged last
    std::optional<AgencyId> agency{};  // of a stored batch
    std::size_t bets = 0;              // of that batch
    std::optional<DrawnWinners> winners{};  // still to read, for an answer without text
    std::optional<Taken> accepted{};        // of a batch stored for the first time
  };

  /// An AWAIT_WINNERS whose answer is held.
  struct Awaited {
    AwaitWinners request;
    std::shared_ptr<const DrawAnnouncement::NextDraw> next_draw;
  };

  /// Calls `work`. If the ledger is unavailable, answers with an ERROR. If the ledger has failed,
  /// or it is not known what is stored, ends the session without an answer.
  template <typename Work>
  void guarded(Work&& work);

  void answer(const Bets& bets);
  void answer(const Done& done);
  void answer(const RequestWinners& request);
  void answer(const Resume& request);
  void answer(const AwaitWinners& request);
  void answer(const InvalidRequest& bad);

  /// True if the peer's certificate names the agency, or the peer has presented no certificate.
  /// Otherwise refuses the message, and ends the session.
  bool may_speak_for(AgencyId agency, Dialect dialect);

  Untold<Answer> place(const Bets& bets);

  // Each makes the answer to an outcome, and updates the session's bookkeeping.
  Answer answer_to(const Bets& bets, const BetsStored& stored);
  Answer answer_to(const Bets& bets, const BetsStoredBefore& stored);
  Answer answer_to(const Bets& bets, const Rejected& refused);
  Answer answer_to(const Done& done, const DoneOutcome& outcome);
  Answer answer_to(const Resume& request, ResumeOutcome outcome);
  Answer answer_to_question(const WinnersOutcome& outcome);

  /// An ACK of a stored batch, with its log line.
  Answer ack(const Bets& bets, LogLine received);
  Answer refuse_batch(const Bets& bets, const Refusal& refusal);

  /// An ERROR. Counts it, and ends the session after too many in a row.
  Answer error(Dialect dialect, const Refusal& refusal);

  /// An answer that is not an ERROR.
  Answer success(std::string text);

  /// Appends the next part of the first answer in durable_. Returns true if it was the last part.
  bool append_next_part(std::string& text);
  bool append_winners(std::string& text, DrawnWinners& winners);

  /// Keeps an answer until flush().
  void add(Untold<Answer> answer);
  void add(Answer answer) { add(Untold<Answer>(std::move(answer))); }

  /// Logs and counts a batch that is not stored.
  void refused(RefusalReason reason, std::optional<AgencyId> agency, std::size_t bets,
               std::string_view sentence);
  void log_refused_batch(std::optional<AgencyId> agency, std::size_t bets, std::string_view reason);

  /// Drops every answer.
  void fail(const std::runtime_error& error);

  Lottery& lottery_;
  ConnectionMetrics& metrics_;
  std::string peer_;
  Dialect dialect_;
  std::optional<PeerCertificate> certificate_;
  Sender sender_;
  RequestDecoder decoder_;
  UploadTracker uploads_;
  Complaints complaints_;
  Taken taken_;  // the message being handled
  std::optional<Awaited> awaited_;
  std::vector<Untold<Answer>> answers_;
  std::deque<Answer> durable_;    // to be told next
  std::size_t answer_bytes_ = 0;  // total bytes of all answers' texts
  int errors_in_a_row_ = 0;
  int questions_in_a_row_ = 0;  // answered without ERROR since the last stored batch
  bool has_taken_message_ = false;
  bool is_over_ = false;
  bool is_urgent_ = false;
};

}  // namespace lottery
