#include "service/connections/session.h"

#include <algorithm>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

#include "protocol/answer.h"
#include "text/printable.h"

namespace lottery {
namespace {

// A peer that pipelines many requests, or has many winners, is answered in parts of about this
// size, so that answers can't fill the memory.
constexpr std::size_t answer_bytes_kept = 64UL * 1024;

// The number of answers that may share a sync. A larger number gains nothing, and the first answer
// waits for the last.
constexpr std::size_t answers_kept = 64;

// The connection is closed after this many ERRORs in a row, not counting `busy` ones.
constexpr int errors_in_a_row_max = 100;

// A peer that sends more than this number of messages in a row without storing anything waits
// before each further message, one millisecond longer each time. Without this, 16 peers that sent
// only RESUME reduced the speed of honest uploads by two fifths.
constexpr int questions_without_pause = 10;
constexpr int pause_max_ms = 100;

Refusal busy(const std::exception& error) { return {error.what(), true}; }

/// "agency 3", "agencies 1, 2 and 3"; shortened if there are many, because an ERROR has limited
/// room.
std::string list_of(const std::vector<AgencyId>& agencies) {
  constexpr std::size_t listed_max = 8;
  if (agencies.empty()) return "no agency";
  if (agencies.size() > listed_max) return std::to_string(agencies.size()) + " agencies";
  std::string list = agencies.size() == 1 ? "agency " : "agencies ";
  for (std::size_t i = 0; i < agencies.size(); ++i) {
    if (i > 0) list += i + 1 < agencies.size() ? ", " : " and ";
    list += to_string(agencies[i]);
  }
  return list;
}

/// How the answer to a request is formatted.
template <typename SomeRequest>
Dialect dialect_of(const SomeRequest& /*request*/) {
  return Dialect::typed;
}
Dialect dialect_of(const Bets& bets) { return bets.dialect; }

/// The reason in the form that an ERROR carries.
std::string text_of(const Refusal& refusal) {
  return as_reason((refusal.is_busy ? std::string(busy_prefix) : std::string()) + refusal.reason);
}

}  // namespace

Session::Session(Lottery& lottery, ConnectionMetrics& metrics, std::string peer, Dialect dialect,
                 std::optional<PeerCertificate> certificate)
    : lottery_(lottery),
      metrics_(metrics),
      peer_(std::move(peer)),
      dialect_(dialect),
      certificate_(std::move(certificate)) {
  if (certificate_) sender_ = CertificateSha256{certificate_->sha256};
}

bool Session::is_full() const noexcept {
  return is_urgent_ || answer_bytes_ >= answer_bytes_kept || answers_.size() >= answers_kept;
}

template <typename Work>
void Session::guarded(Work&& work) {
  try {
    std::forward<Work>(work)();
  } catch (const LedgerUnavailable& error) {
    is_urgent_ = true;
    add(this->error(dialect_, busy(error)));
  } catch (const LedgerFailed& error) {
    fail(error);
  } catch (const OutcomeUnknown& error) {
    fail(error);
  }
}

void Session::handle(std::string_view message) {
  taken_ = {.since = Stopwatch(), .bytes = message.size()};
  const auto decoded = dialect_ == Dialect::single_bet ? decoder_.decode_single_bet(message)
                                                       : decoder_.decode(message);
  if (const auto* bad = std::get_if<InvalidRequest>(&decoded)) return answer(*bad);
  // Every kind of request is for one agency. Only this line checks whether the peer may speak for
  // it.
  guarded([&] {
    std::visit(
        [this](const auto& request) {
          if (may_speak_for(request.agency, dialect_of(request))) return answer(request);
          if constexpr (std::is_same_v<std::decay_t<decltype(request)>, Bets>) {
            metrics_.refused_because(RefusalReason::not_allowed)
                .add(request.bets.size(), taken_.bytes);
          }
        },
        std::get<Request>(decoded));
  });
}

bool Session::may_speak_for(AgencyId agency, Dialect dialect) {
  if (!certificate_ ||
      std::binary_search(certificate_->agencies.begin(), certificate_->agencies.end(), agency)) {
    return true;
  }
  const std::string reason = "this certificate speaks for " + list_of(certificate_->agencies) +
                             ", not for " + to_string(agency);
  log().warning(LogLine("mensaje_recibido", "fail")
                    .field("peer", peer_)
                    .field("agencia", agency.value)
                    .field("error", reason)
                    .field("subject", certificate_->subject)
                    .field("serial", certificate_->serial)
                    .text());
  is_over_ = true;
  add(error(dialect, {reason}));
  return false;
}

void Session::refuse(std::string_view reason) {
  answer(InvalidRequest{
      .reason = as_reason(reason), .severity = ErrorSeverity::fatal, .dialect = dialect_});
}

std::chrono::milliseconds Session::pause() const noexcept {
  return std::chrono::milliseconds(std::max(0, questions_in_a_row_ - questions_without_pause));
}

const DrawAnnouncement::NextDraw* Session::awaited_draw() const noexcept {
  return awaited_ ? awaited_->next_draw.get() : nullptr;
}

void Session::draw_happened() {
  const Awaited awaited = *std::exchange(awaited_, {});
  guarded([&] { answer(awaited.request); });
}

void Session::stop_awaiting() {
  awaited_.reset();
  add(answer_to_question(NotDrawnYet{}));
}

void Session::answer(const Bets& bets) {
  if (bets.batch_number) {
    const auto refusal = uploads_.refusal_of_batch(bets.agency, *bets.batch_number);
    if (refusal) return add(refuse_batch(bets, *refusal));
  }
  try {
    add(place(bets));
  } catch (const LedgerUnavailable& error) {
    is_urgent_ = true;
    add(refuse_batch(bets, busy(error)));
  } catch (const LedgerFailed& error) {
    log_refused_batch(bets.agency, bets.bets.size(), error.what());
    throw;
  } catch (const OutcomeUnknown& error) {
    log_refused_batch(bets.agency, bets.bets.size(), error.what());
    throw;
  }
}

NotYetDurable<Session::Answer> Session::place(const Bets& bets) {
  const auto make_answer = [&](const auto& outcome) {
    return std::visit([&](const auto& what) { return answer_to(bets, what); }, outcome);
  };
  if (!bets.batch_number) {
    return lottery_.place_bets(bets.agency, bets.bets, sender_).transform(make_answer);
  }
  return lottery_
      .place_numbered_bets(bets.agency, *bets.batch_number, bets.bets,
                           *uploads_.context(bets.agency), sender_)
      .transform(make_answer);
}

Session::Answer Session::answer_to(const Bets& bets, const BetsStored& stored) {
  if (bets.batch_number) uploads_.batch_stored(bets.agency, *bets.batch_number, stored.draw);
  Answer answer = ack(bets, LogLine("apuesta_recibida", "success"));
  answer.accepted = taken_;
  questions_in_a_row_ = 0;
  if (bets.bets.size() == 1) {
    const Bet& bet = bets.bets.front();
    LogLine line("apuesta_almacenada", "success");
    line.field("dni", bet.document).field("numero", bet.number);
    answer.lines.push_back(std::move(line));
  }
  return answer;
}

Session::Answer Session::answer_to(const Bets& bets, const BetsStoredBefore& stored) {
  if (bets.batch_number) uploads_.batch_stored(bets.agency, *bets.batch_number, stored.draw);
  metrics_.repeated.add(bets.bets.size(), taken_.bytes);
  return ack(bets, LogLine("apuesta_repetida", "success"));
}

Session::Answer Session::answer_to(const Bets& bets, const Rejected& refused) {
  return refuse_batch(bets, {refused.reason});
}

Session::Answer Session::ack(const Bets& bets, LogLine received) {
  std::string text;
  append_ack(text, bets.dialect);
  Answer answer = success(std::move(text));
  received.field("agencia", bets.agency.value)
      .field("cantidad", static_cast<std::int64_t>(bets.bets.size()));
  answer.lines.push_back(std::move(received));
  answer.agency = bets.agency;
  answer.bets = bets.bets.size();
  return answer;
}

Session::Answer Session::refuse_batch(const Bets& bets, const Refusal& refusal) {
  refused(refusal.is_busy ? RefusalReason::busy : RefusalReason::not_allowed, bets.agency,
          bets.bets.size(), text_of(refusal));
  if (bets.batch_number) uploads_.batch_refused(bets.agency, *bets.batch_number, refusal.is_busy);
  return error(bets.dialect, refusal);
}

void Session::answer(const Done& done) {
  if (done.books) {
    const auto refusal = uploads_.refusal_of_done(done.agency);
    if (refusal) return add(error(Dialect::typed, *refusal));
  }
  add(lottery_
          .close_books(done.agency, done.books,
                       done.books ? uploads_.context(done.agency) : nullptr, sender_)
          .transform([&](const DoneOutcome& outcome) { return answer_to(done, outcome); }));
}

Session::Answer Session::answer_to(const Done& done, const DoneOutcome& outcome) {
  if (const auto* refused = std::get_if<Rejected>(&outcome)) {
    return error(Dialect::typed, {refused->reason});
  }
  std::string text;
  append_ack(text, Dialect::typed);
  Answer answer = success(std::move(text));
  LogLine closed("cierre_apuestas", "success");
  closed.field("agencia", done.agency.value);
  answer.lines.push_back(std::move(closed));
  if (const auto& drawn = std::get<BooksClosed>(outcome).drawn) {
    LogLine draw("sorteo", "success");
    draw.field("draw", drawn->draw.value).field("ganadores", drawn->winners);
    answer.draw = std::move(draw);
    is_urgent_ = true;  // others can already see the draw
  }
  return answer;
}

void Session::answer(const RequestWinners& request) {
  add(lottery_.winners(request.agency).transform([&](const WinnersOutcome& outcome) {
    return answer_to_question(outcome);
  }));
}

void Session::answer(const AwaitWinners& request) {
  try {
    // Subscribe before asking, so that no draw is missed in between.
    auto next_draw = lottery_.announcement().subscribe();
    auto outcome = lottery_.winners_of(DrawId{request.draw}, request.agency);
    if (std::holds_alternative<NotDrawnYet>(outcome.for_bookkeeping())) {
      awaited_ = Awaited{request, std::move(next_draw)};
      has_taken_message_ = true;
      return;
    }
    add(std::move(outcome).transform(
        [&](const WinnersOutcome& told) { return answer_to_question(told); }));
  } catch (const std::system_error& failure) {
    add(error(Dialect::typed, busy(failure)));  // no descriptor is left for waiting
  }
}

Session::Answer Session::answer_to_question(const WinnersOutcome& outcome) {
  if (const auto* refused = std::get_if<Rejected>(&outcome)) {
    return error(Dialect::typed, {refused->reason});
  }
  if (std::holds_alternative<NotDrawnYet>(outcome)) {
    std::string text;
    append_wait(text);
    return success(std::move(text));
  }
  is_urgent_ = true;
  Answer answer = success({});
  answer.winners = std::get<DrawnWinners>(outcome);
  return answer;
}

void Session::answer(const Resume& request) {
  try {
    add(lottery_.resume(request.agency, request.upload).transform([&](ResumeOutcome outcome) {
      return answer_to(request, std::move(outcome));
    }));
  } catch (const LedgerUnavailable&) {
    uploads_.resume_refused(request.agency, true);
    throw;
  }
}

Session::Answer Session::answer_to(const Resume& request, ResumeOutcome outcome) {
  if (const auto* refused = std::get_if<Rejected>(&outcome)) {
    uploads_.resume_refused(request.agency, false);
    return error(Dialect::typed, {refused->reason});
  }
  auto& resumption = std::get<Resumption>(outcome);
  uploads_.begin(request.agency, std::move(resumption.context));
  std::string text;
  append_resume_point(text, resumption.point);
  return success(std::move(text));
}

void Session::answer(const InvalidRequest& bad) {
  if (bad.severity == ErrorSeverity::fatal) is_over_ = true;
  if (bad.bets) {
    refused(RefusalReason::invalid, bad.agency, *bad.bets, bad.reason);
  } else {
    LogLine line("mensaje_recibido", "fail");
    line.field("peer", peer_).field("error", bad.reason);
    complaints_.add(Poco::Message::PRIO_WARNING, std::move(line));
  }
  if (bad.agency && bad.batch_number) {
    uploads_.batch_refused(*bad.agency, *bad.batch_number, false);
  }
  add(error(bad.dialect, {bad.reason}));
}

Session::Answer Session::error(Dialect dialect, const Refusal& refusal) {
  Answer answer;
  append_error(answer.text, dialect, text_of(refusal));
  if (refusal.is_busy || ++errors_in_a_row_ < errors_in_a_row_max) return answer;
  is_over_ = true;
  log().warning(LogLine("mensaje_recibido", "fail")
                    .field("peer", peer_)
                    .field("error", std::to_string(errors_in_a_row_) + " errors in a row")
                    .text());
  return answer;
}

Session::Answer Session::success(std::string text) {
  errors_in_a_row_ = 0;
  if (questions_in_a_row_ < questions_without_pause + pause_max_ms) ++questions_in_a_row_;
  has_taken_message_ = true;
  return {.text = std::move(text)};
}

void Session::add(NotYetDurable<Answer> answer) {
  answer_bytes_ += answer.for_bookkeeping().text.size();
  answers_.push_back(std::move(answer));
}

void Session::fail(const std::runtime_error& error) {
  is_over_ = true;
  for (const NotYetDurable<Answer>& pending : answers_) {
    const Answer& answer = pending.for_bookkeeping();
    if (answer.agency) log_refused_batch(answer.agency, answer.bets, error.what());
    if (answer.draw) lottery_.announcement().announce();  // so that nobody waits for it
  }
  answers_.clear();
  durable_.clear();
  awaited_.reset();
}

void Session::refused(RefusalReason reason, std::optional<AgencyId> agency, std::size_t bets,
                      std::string_view sentence) {
  metrics_.refused_because(reason).add(bets, taken_.bytes);
  log_refused_batch(agency, bets, sentence);
}

void Session::log_refused_batch(std::optional<AgencyId> agency, std::size_t bets,
                                std::string_view reason) {
  LogLine line("apuesta_recibida", "fail");
  if (agency) line.field("agencia", agency->value);
  line.field("cantidad", static_cast<std::int64_t>(bets)).field("error", as_reason(reason));
  complaints_.add(Poco::Message::PRIO_ERROR, std::move(line));
}

std::string Session::flush() {
  std::string text;
  try {
    for (Answer& answer : lottery_.make_durable(std::move(answers_))) {
      for (const LogLine& line : answer.lines) log().information(line.text());
      if (answer.accepted) {
        answer.accepted->since.observe(metrics_.batch_to_ack);
        metrics_.accepted.add(answer.bets, answer.accepted->bytes);
      }
      if (answer.draw) {
        log_before_telling(*answer.draw);
        lottery_.announcement().announce();
      }
      durable_.push_back(std::move(answer));
    }
    while (!durable_.empty() && text.size() < answer_bytes_kept) {
      if (append_next_part(text)) durable_.pop_front();
    }
    // An answer may reveal, or follow from, a draw that another session has not logged yet.
    if (!text.empty()) lottery_.announcement().wait_until_announced();
  } catch (const LedgerFailed& error) {
    fail(error);
    text.clear();
  } catch (const OutcomeUnknown& error) {
    fail(error);
    text.clear();
  }
  answers_.clear();
  answer_bytes_ = 0;
  is_urgent_ = false;
  return text;
}

void Session::release_memory() noexcept {
  decoder_.release_memory();
  if (answers_.empty()) answers_ = std::vector<NotYetDurable<Answer>>();
}

bool Session::append_next_part(std::string& text) {
  Answer& answer = durable_.front();
  if (answer.winners) return append_winners(text, *answer.winners);
  text += answer.text;
  return true;
}

bool Session::append_winners(std::string& text, DrawnWinners& winners) {
  const bool is_first_part = winners.last_read == BetId{};
  const std::size_t before = text.size();
  if (is_first_part) begin_winners(text);
  try {
    const bool is_more = lottery_.read_winners(
        winners, [&](const Bet& winner) { append_winner(text, winners.agency, winner); });
    if (is_more) return false;
    end_winners(text);
  } catch (const LedgerUnavailable& unavailable) {
    if (!is_first_part) throw;
    text.resize(before);
    text += error(Dialect::typed, busy(unavailable)).text;
  }
  return true;
}

}  // namespace lottery
