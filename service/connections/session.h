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

/// What one peer says, and what it is told: messages in, answers out, in the same order. It has no
/// socket. It belongs to one connection, and to the thread of that.
///
/// An answer is a promise, so it is kept in here, untold, until flush() has made durable what it
/// tells. Handling several messages before one flush() lets them share a sync.
class Session {
 public:
  /// `peer` names the other side in the log. `dialect` is Dialect::single_bet on the port for that
  /// dialect, and Dialect::typed on the port for the others. A peer that has shown a certificate
  /// may speak for the agencies that it names, and for no others. The lottery and `metrics` must
  /// outlive this.
  Session(Lottery& lottery, ConnectionMetrics& metrics, std::string peer, Dialect dialect,
          std::optional<PeerCertificate> certificate = {});

  /// Handles one message, without its end. No draw must be awaited.
  void handle(std::string_view message);

  /// Refuses bytes that can't be a message at all. Nothing more is to be handled.
  void refuse(std::string_view reason);

  /// The draw that an AWAIT_WINNERS waits for, or null. While there is one, its answer is held:
  /// draw_happened() or stop_awaiting() must be called before the next message is handled.
  const DrawAnnouncement::NextDraw* awaited_draw() const noexcept;

  /// Answers AWAIT_WINNERS if the awaited draw is the one that has happened.
  void draw_happened();

  /// Answers AWAIT_WINNERS with WAIT.
  void stop_awaiting();

  /// True once the peer has sent a valid message: a request that the rules have answered with
  /// anything but an ERROR, or whose answer they hold until the draw.
  bool has_taken_message() const noexcept { return has_taken_message_; }

  /// True once nothing more is to be handled: flush, send and close.
  bool is_over() const noexcept { return is_over_; }

  /// True once flush() should not wait for more messages: many answers wait for it already, or
  /// something has gone wrong that the peer should know of.
  bool is_full() const noexcept;

  /// How long the peer is to wait before its next message is handled: 0, unless it sends message
  /// after message that stores nothing. At most 100 ms.
  std::chrono::milliseconds pause() const noexcept;

  /// True if no answer waits for flush().
  bool is_flushed() const noexcept { return answers_.empty() && durable_.empty(); }

  /// Makes durable what was handled, logs it, and returns the answers: the bytes to send, empty if
  /// there are none. Long answers come in parts, each made when it is asked for: call this again
  /// until is_flushed(). If the ledger has failed, it is not known what is stored: then there are
  /// no answers, and the session is over. Throws LedgerUnavailable if the rest of an answer can't
  /// be read: then nothing more is to be sent, so that the peer can't take the part for the whole.
  std::string flush();

  /// Gives back what messages have taken, for a connection that may now be silent for long.
  void release_memory() noexcept;

 private:
  /// A message that was taken from the connection.
  struct Taken {
    Stopwatch since;
    std::size_t bytes = 0;
  };

  struct Answer {
    std::string text;                  // in the bytes of the protocol
    std::vector<LogLine> lines{};      // to log once it is flushed
    std::optional<LogLine> draw{};     // if it has drawn: the line that tells of it, which is last
    std::optional<AgencyId> agency{};  // of a batch that is stored
    std::size_t bets = 0;              // of that batch
    std::optional<DrawnWinners> winners{};  // to read, for an answer that has no text
    std::optional<Taken> accepted{};        // of a batch that was not stored before
  };

  /// An AWAIT_WINNERS whose answer is held.
  struct Awaited {
    AwaitWinners request;
    std::shared_ptr<const DrawAnnouncement::NextDraw> next_draw;
  };

  /// Calls `work`; answers with an ERROR if the ledger is unavailable, and ends the session without
  /// an answer if it has failed, or if it is not known what is stored.
  template <typename Work>
  void guarded(Work&& work);

  void answer(const Bets& bets);
  void answer(const Done& done);
  void answer(const RequestWinners& request);
  void answer(const Resume& request);
  void answer(const AwaitWinners& request);
  void answer(const InvalidRequest& bad);

  /// True if the peer's certificate names the agency, or if the peer has shown none. Otherwise
  /// refuses the message, and ends the session.
  bool may_speak_for(AgencyId agency, Dialect dialect);

  Untold<Answer> place(const Bets& bets);

  // Each makes the answer that an outcome calls for, and updates the session's own books.
  Answer answer_to(const Bets& bets, const BetsStored& stored);
  Answer answer_to(const Bets& bets, const BetsStoredBefore& stored);
  Answer answer_to(const Bets& bets, const Rejected& refused);
  Answer answer_to(const Done& done, const DoneOutcome& outcome);
  Answer answer_to(const Resume& request, ResumeOutcome outcome);
  Answer answer_to_question(const WinnersOutcome& outcome);

  /// An ACK of a batch that is stored, with the line that says so.
  Answer ack(const Bets& bets, LogLine received);
  Answer refuse_batch(const Bets& bets, const Refusal& refusal);

  /// An ERROR. Counts it, and ends the session if there were too many in a row.
  Answer error(Dialect dialect, const Refusal& refusal);

  /// An answer that is no ERROR.
  Answer success(std::string text);

  /// Appends the next part of the first of durable_. True if it was the last part.
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
  Taken taken_;  // the message that is handled
  std::optional<Awaited> awaited_;
  std::vector<Untold<Answer>> answers_;
  std::deque<Answer> durable_;    // to be told next
  std::size_t answer_bytes_ = 0;  // of the text of all of them
  int errors_in_a_row_ = 0;
  int questions_in_a_row_ = 0;  // answered without an ERROR, with no batch stored in between
  bool has_taken_message_ = false;
  bool is_over_ = false;
  bool is_urgent_ = false;
};

}  // namespace lottery
