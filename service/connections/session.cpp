#include "service/connections/session.h"

#include <system_error>
#include <utility>
#include <variant>

#include "protocol/answer.h"
#include "text/printable.h"

namespace lottery {
namespace {

// A peer that pipelines many questions is answered in parts of about this size, so that the answers
// can't fill the memory.
constexpr std::size_t answer_bytes_kept = 64UL * 1024;

// How many batches may share a sync. More gain nothing, and the first of them waits for the last.
constexpr int batches_kept = 64;

// A peer that gets this many ERRORs in a row, busy ones not counted, has its connection closed.
constexpr int errors_in_a_row_max = 100;

void log_refused_batch(std::optional<AgencyId> agency, std::size_t bets, std::string_view reason) {
  LogLine line("apuesta_recibida", "fail");
  if (agency) line.field("agencia", agency->value);
  line.field("cantidad", static_cast<std::int64_t>(bets)).field("error", as_reason(reason));
  log().error(line.text());
}

Refusal busy(const std::exception& error) { return {error.what(), true}; }

/// The reason as an ERROR carries it.
std::string text_of(const Refusal& refusal) {
  return as_reason((refusal.is_busy ? std::string(busy_prefix) : std::string()) + refusal.reason);
}

}  // namespace

Session::Session(Lottery& lottery, Ledger& ledger, std::string peer, Dialect dialect)
    : lottery_(lottery), ledger_(ledger), peer_(std::move(peer)), dialect_(dialect) {}

bool Session::is_full() const noexcept {
  return is_urgent_ || answers_.size() >= answer_bytes_kept || batches_pending_ >= batches_kept;
}

template <typename Work>
void Session::guarded(Work&& work) {
  try {
    std::forward<Work>(work)();
  } catch (const LedgerUnavailable& error) {
    is_urgent_ = true;
    answer_error(dialect_, busy(error));
  } catch (const LedgerFailed& error) {
    fail(error);
  }
}

void Session::handle(std::string_view message) {
  const auto decoded = dialect_ == Dialect::single_bet ? decoder_.decode_single_bet(message)
                                                       : decoder_.decode(message);
  if (const auto* bad = std::get_if<BadRequest>(&decoded)) return answer(*bad);
  guarded([&] {
    std::visit([this](const auto& request) { answer(request); }, std::get<Request>(decoded));
  });
}

void Session::refuse(std::string_view reason) {
  answer(BadRequest{
      .reason = as_reason(reason), .afterwards = Afterwards::close, .dialect = dialect_});
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
  add_pending({});
  append_wait(answers_);
}

void Session::answer(const Bets& bets) {
  if (bets.batch_number) {
    const auto refusal = uploads_.refusal_of_batch(bets.agency, *bets.batch_number);
    if (refusal) return refuse_batch(bets, *refusal);
  }
  bool is_repeated = false;
  try {
    const auto outcome = place(bets);
    if (const auto* refused = std::get_if<Refused>(&outcome)) {
      return refuse_batch(bets, {refused->reason});
    }
    const auto* const stored = std::get_if<BetsStored>(&outcome);
    is_repeated = stored == nullptr;
    const DrawId draw = is_repeated ? std::get<BetsStoredBefore>(outcome).draw : stored->draw;
    if (bets.batch_number) uploads_.batch_stored(bets.agency, *bets.batch_number, draw);
  } catch (const LedgerUnavailable& error) {
    is_urgent_ = true;
    return refuse_batch(bets, busy(error));
  } catch (const LedgerFailed& error) {
    log_refused_batch(bets.agency, bets.bets.size(), error.what());
    throw;
  }

  Pending pending{.lines = {}, .agency = bets.agency, .bets = bets.bets.size()};
  LogLine received(is_repeated ? "apuesta_repetida" : "apuesta_recibida", "success");
  received.field("agencia", bets.agency.value)
      .field("cantidad", static_cast<std::int64_t>(bets.bets.size()));
  pending.lines.push_back(std::move(received));
  if (bets.bets.size() == 1 && !is_repeated) {
    LogLine stored("apuesta_almacenada", "success");
    stored.field("dni", bets.bets.front().document).field("numero", bets.bets.front().number);
    pending.lines.push_back(std::move(stored));
  }
  add_pending(std::move(pending));
  ++batches_pending_;
  append_ack(answers_, bets.dialect);
}

std::variant<BetsStored, BetsStoredBefore, Refused> Session::place(const Bets& bets) {
  if (bets.batch_number) {
    return lottery_.place_numbered_bets(bets.agency, *bets.batch_number, bets.bets,
                                        *uploads_.context(bets.agency));
  }
  auto outcome = lottery_.place_bets(bets.agency, bets.bets);
  if (auto* refused = std::get_if<Refused>(&outcome)) return std::move(*refused);
  return std::get<BetsStored>(outcome);
}

void Session::refuse_batch(const Bets& bets, const Refusal& refusal) {
  log_refused_batch(bets.agency, bets.bets.size(), text_of(refusal));
  if (bets.batch_number) uploads_.batch_refused(bets.agency, *bets.batch_number, refusal.is_busy);
  answer_error(bets.dialect, refusal);
}

void Session::answer(const Done& done) {
  if (done.books) {
    const auto refusal = uploads_.refusal_of_done(done.agency);
    if (refusal) return answer_error(Dialect::typed, *refusal);
  }
  const auto outcome = lottery_.close_books(done.agency, done.books,
                                            done.books ? uploads_.context(done.agency) : nullptr);
  if (const auto* refused = std::get_if<Refused>(&outcome)) {
    return answer_error(Dialect::typed, {refused->reason});
  }

  Pending pending;
  LogLine closed("cierre_apuestas", "success");
  closed.field("agencia", done.agency.value);
  pending.lines.push_back(std::move(closed));
  if (const auto& drawn = std::get<BooksClosed>(outcome).drawn) {
    LogLine draw("sorteo", "success");
    draw.field("draw", drawn->draw.value).field("ganadores", drawn->winners);
    pending.lines.push_back(std::move(draw));
  }
  add_pending(std::move(pending));
  append_ack(answers_, Dialect::typed);
}

void Session::answer(const RequestWinners& request) {
  std::string winners;
  begin_winners(winners);
  const auto outcome = lottery_.winners(
      request.agency, [&](const Bet& bet) { append_winner(winners, request.agency, bet); });
  if (const auto* refused = std::get_if<Refused>(&outcome)) {
    return answer_error(Dialect::typed, {refused->reason});
  }

  add_pending({});
  if (std::holds_alternative<NotDrawnYet>(outcome)) return append_wait(answers_);
  end_winners(winners);
  answers_ += winners;
}

void Session::answer(const Resume& request) {
  try {
    auto outcome = lottery_.resume(request.agency, request.upload);
    if (const auto* refused = std::get_if<Refused>(&outcome)) {
      uploads_.resume_refused(request.agency, false);
      return answer_error(Dialect::typed, {refused->reason});
    }
    auto& resumption = std::get<Resumption>(outcome);
    uploads_.resumed(request.agency, std::move(resumption.context));
    add_pending({});
    append_resume_point(answers_, resumption.point);
  } catch (const LedgerUnavailable&) {
    uploads_.resume_refused(request.agency, true);
    throw;
  }
}

void Session::answer(const AwaitWinners& request) {
  try {
    // Before the question, so that no draw is missed in between.
    auto next_draw = lottery_.announcement().subscribe();
    std::string winners;
    begin_winners(winners);
    const auto outcome =
        lottery_.winners_of(DrawId{request.draw}, request.agency,
                            [&](const Bet& bet) { append_winner(winners, request.agency, bet); });
    if (const auto* refused = std::get_if<Refused>(&outcome)) {
      return answer_error(Dialect::typed, {refused->reason});
    }
    if (std::holds_alternative<NotDrawnYet>(outcome)) {
      awaited_ = Awaited{request, std::move(next_draw)};
      return;
    }
    add_pending({});
    end_winners(winners);
    answers_ += winners;
  } catch (const std::system_error& error) {
    answer_error(Dialect::typed, busy(error));  // no descriptor is left to wait with
  }
}

void Session::answer(const BadRequest& bad) {
  if (bad.afterwards == Afterwards::close) is_over_ = true;
  if (bad.bets) {
    log_refused_batch(bad.agency, *bad.bets, bad.reason);
  } else {
    log().warning(
        LogLine("mensaje_recibido", "fail").field("peer", peer_).field("error", bad.reason).text());
  }
  if (bad.agency && bad.batch_number) {
    uploads_.batch_refused(*bad.agency, *bad.batch_number, false);
  }
  answer_error(bad.dialect, {bad.reason});
}

void Session::answer_error(Dialect dialect, const Refusal& refusal) {
  append_error(answers_, dialect, text_of(refusal));
  pending_.emplace_back();
  if (refusal.is_busy) return;
  if (++errors_in_a_row_ < errors_in_a_row_max) return;
  is_over_ = true;
  log().warning(LogLine("mensaje_recibido", "fail")
                    .field("peer", peer_)
                    .field("error", std::to_string(errors_in_a_row_) + " errors in a row")
                    .text());
}

void Session::add_pending(Pending pending) {
  errors_in_a_row_ = 0;
  pending_.push_back(std::move(pending));
}

void Session::fail(const LedgerFailed& error) {
  is_over_ = true;
  for (const Pending& pending : pending_) {
    if (pending.agency) log_refused_batch(pending.agency, pending.bets, error.what());
  }
  pending_.clear();
  answers_.clear();
  awaited_.reset();
}

std::string Session::flush() {
  try {
    if (!pending_.empty()) ledger_.sync();
  } catch (const LedgerFailed& error) {
    fail(error);
  }
  for (const Pending& pending : pending_) {
    for (const LogLine& line : pending.lines) log().information(line.text());
  }
  pending_.clear();
  batches_pending_ = 0;
  is_urgent_ = false;
  return std::exchange(answers_, {});
}

}  // namespace lottery
