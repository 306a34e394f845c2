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
#include "service/not_yet_durable.h"
#include "service/sender.h"
#include "service/stopwatch.h"

namespace lottery {

/// The protocol's state for one peer: takes messages and returns answers, in the same order. It has
/// no socket. Used only by the thread of its connection.
///
/// An answer promises that something is stored. So answers stay here until flush() has made durable
/// what they promise. Several messages can be handled before one flush(), and then share its sync.
class Session {
 public:
  /// `peer` names the peer in the log. `dialect` is Dialect::single_bet on the port for that
  /// dialect, and Dialect::typed on all other ports. A peer with a certificate may speak only for
  /// the agencies that the certificate names. The lottery and `metrics` must outlive this.
  Session(Lottery& lottery, ConnectionMetrics& metrics, std::string peer, Dialect dialect,
          std::optional<PeerCertificate> certificate = {});

  /// Handles one message, without its CR LF. The session must not be awaiting a draw.
  void handle(std::string_view message);

  /// Refuses bytes that can't be a message. Handle nothing more afterwards.
  void refuse(std::string_view reason);

  /// The draw that an AWAIT_WINNERS waits for; null if there is none. While it is set, the answer
  /// is held back: call draw_happened() or stop_awaiting() before handling the next message.
  const DrawAnnouncement::NextDraw* awaited_draw() const noexcept;

  /// Answers AWAIT_WINNERS if the awaited draw has happened.
  void draw_happened();

  /// Answers AWAIT_WINNERS with WAIT.
  void stop_awaiting();

  /// True once the peer has sent a valid message: a request that the rules did not answer with an
  /// ERROR, or whose answer is held back until the draw.
  bool has_taken_message() const noexcept { return has_taken_message_; }

  /// True if nothing more is to be handled: flush, send and close.
  bool is_over() const noexcept { return is_over_; }

  /// True if flush() should not wait for more messages, because many answers are waiting or because
  /// the peer should learn of an error soon.
  bool is_full() const noexcept;

  /// How long to wait before the next message of this peer is handled: 0 unless it keeps sending
  /// messages that store nothing. At most 100 ms.
  std::chrono::milliseconds pause() const noexcept;

  /// True if no answer is waiting for flush().
  bool is_flushed() const noexcept { return answers_.empty() && durable_.empty(); }

  /// Makes the handled messages durable, logs them, and returns the bytes to send; empty if there
  /// are none. Long answers come in parts: call this again until is_flushed(). If the ledger has
  /// failed, what is stored is unknown; then there are no answers, and the session is over. Throws
  /// LedgerUnavailable if the rest of an answer can't be read; then send nothing more, so that the
  /// peer can't mistake the part for the whole.
  std::string flush();

  /// Frees the memory that messages used, for a connection that may now be silent for long.
  void release_memory() noexcept;

 private:
  /// A message taken from the connection.
  struct Taken {
    Stopwatch since;
    std::size_t bytes = 0;
  };

  struct Answer {
    std::string text;                       // the bytes to send
    std::vector<LogLine> lines{};           // to log after flush()
    std::optional<LogLine> draw{};          // the draw's line, to log last, if this drew
    std::optional<AgencyId> agency{};       // of a stored batch
    std::size_t bets = 0;                   // in that batch
    std::optional<DrawnWinners> winners{};  // still to be read, if there is no text
    std::optional<Taken> accepted{};        // a batch that was not stored before
  };

  /// An AWAIT_WINNERS whose answer is held back.
  struct Awaited {
    AwaitWinners request;
    std::shared_ptr<const DrawAnnouncement::NextDraw> next_draw;
  };

  /// Calls `work`. Answers with an ERROR if the ledger is unavailable. Ends the session without an
  /// answer if the ledger has failed or the outcome is unknown.
  template <typename Work>
  void guarded(Work&& work);

  void answer(const Bets& bets);
  void answer(const Done& done);
  void answer(const RequestWinners& request);
  void answer(const Resume& request);
  void answer(const AwaitWinners& request);
  void answer(const InvalidRequest& bad);

  /// True if the peer's certificate names the agency, or if the peer has shown no certificate.
  /// Otherwise refuses the message and ends the session.
  bool may_speak_for(AgencyId agency, Dialect dialect);

  NotYetDurable<Answer> place(const Bets& bets);

  // Each of these makes the answer to an outcome, and updates the session's state.
  Answer answer_to(const Bets& bets, const BetsStored& stored);
  Answer answer_to(const Bets& bets, const BetsStoredBefore& stored);
  Answer answer_to(const Bets& bets, const Rejected& refused);
  Answer answer_to(const Done& done, const DoneOutcome& outcome);
  Answer answer_to(const Resume& request, ResumeOutcome outcome);
  Answer answer_to_question(const WinnersOutcome& outcome);

  /// The ACK of a stored batch, and its log line.
  Answer ack(const Bets& bets, LogLine received);
  Answer refuse_batch(const Bets& bets, const Refusal& refusal);

  /// An ERROR. Counts it, and ends the session after too many in a row.
  Answer error(Dialect dialect, const Refusal& refusal);

  /// An answer other than ERROR.
  Answer success(std::string text);

  /// Appends the next part of the first answer in durable_. Returns true if it was the last part.
  bool append_next_part(std::string& text);
  bool append_winners(std::string& text, DrawnWinners& winners);

  /// Keeps an answer until flush().
  void add(NotYetDurable<Answer> answer);
  /// The same for an answer that says nothing about what is stored.
  void add(Answer answer) { add(NotYetDurable<Answer>::independent_of_ledger(std::move(answer))); }

  /// Logs and counts a refused batch.
  void refused(RefusalReason reason, std::optional<AgencyId> agency, std::size_t bets,
               std::string_view sentence);
  void log_refused_batch(std::optional<AgencyId> agency, std::size_t bets, std::string_view reason);

  /// Drops all answers.
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
  std::vector<NotYetDurable<Answer>> answers_;
  std::deque<Answer> durable_;    // to be sent next
  std::size_t answer_bytes_ = 0;  // total size of their texts
  int errors_in_a_row_ = 0;
  int questions_in_a_row_ = 0;  // requests answered without an ERROR since a batch was stored
  bool has_taken_message_ = false;
  bool is_over_ = false;
  bool is_urgent_ = false;
};

}  // namespace lottery
