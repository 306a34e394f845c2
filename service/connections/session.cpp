#include "service/connections/session.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "protocol/answer.h"
#include "text/printable.h"

namespace lottery {
namespace {

// A peer that asks many times in one breath is answered in parts of about this size, so that its
// questions can't fill the memory with answers.
constexpr std::size_t answer_bytes_kept = 64UL * 1024;

// How many batches may share a sync. More gain nothing, and the first of them waits for the last.
constexpr int batches_kept = 64;

void log_refused_batch(std::optional<AgencyId> agency, std::size_t bets, std::string_view reason) {
  LogLine line("apuesta_recibida", "fail");
  if (agency) line.field("agencia", agency->value);
  line.field("cantidad", static_cast<std::int64_t>(bets)).field("error", as_reason(reason));
  log().error(line.text());
}

}  // namespace

Session::Session(Lottery& lottery, Ledger& ledger, std::string peer, Dialect dialect)
    : lottery_(lottery), ledger_(ledger), peer_(std::move(peer)), dialect_(dialect) {}

bool Session::is_full() const noexcept {
  return is_urgent_ || answers_.size() >= answer_bytes_kept || batches_pending_ >= batches_kept;
}

void Session::handle(std::string_view message) {
  const auto decoded = dialect_ == Dialect::single_bet ? decoder_.decode_single_bet(message)
                                                       : decoder_.decode(message);
  if (const auto* bad = std::get_if<BadRequest>(&decoded)) return answer(*bad);
  try {
    std::visit([this](const auto& request) { answer(request); }, std::get<Request>(decoded));
  } catch (const LedgerUnavailable& error) {
    is_urgent_ = true;
    answer_error(dialect_, error.what());
  } catch (const LedgerFailed& error) {
    is_over_ = true;
    answer_error(dialect_, error.what());
  }
}

void Session::refuse(std::string_view reason) {
  answer(BadRequest{
      .reason = as_reason(reason), .afterwards = Afterwards::close, .dialect = dialect_});
}

void Session::answer(const Bets& bets) {
  const auto refuse_batch = [&](std::string_view reason) {
    log_refused_batch(bets.agency, bets.bets.size(), reason);
    note_refused(bets.agency, bets.batch_number);
    answer_error(bets.dialect, reason);
  };
  const Resuming* const after_resume = resuming(bets.agency);
  const auto refused_before = after_resume ? after_resume->refused_batch : std::nullopt;
  if (refused_before && bets.batch_number && *bets.batch_number > *refused_before) {
    return refuse_batch("batch " + std::to_string(*refused_before) +
                        " was refused before: send it again, or ask RESUME");
  }
  bool is_repeated = false;
  try {
    const auto outcome =
        lottery_.place_bets(bets.agency, bets.bets, bets.batch_number,
                            bets.batch_number ? resumed(bets.agency) : std::nullopt);
    if (const auto* refused = std::get_if<Refused>(&outcome)) return refuse_batch(refused->reason);
    if (const auto* stored = std::get_if<BetsStored>(&outcome)) {
      note_stored(bets.agency, *stored);
    } else {
      is_repeated = true;
      note_repeated(bets.agency, *bets.batch_number);
    }
  } catch (const LedgerUnavailable& error) {
    is_urgent_ = true;
    return refuse_batch(error.what());
  } catch (const LedgerFailed& error) {
    is_over_ = true;
    return refuse_batch(error.what());
  }

  Pending pending{
      .dialect = bets.dialect, .lines = {}, .agency = bets.agency, .bets = bets.bets.size()};
  LogLine received(is_repeated ? "apuesta_repetida" : "apuesta_recibida", "success");
  received.field("agencia", bets.agency.value)
      .field("cantidad", static_cast<std::int64_t>(bets.bets.size()));
  pending.lines.push_back(std::move(received));
  if (bets.bets.size() == 1 && !is_repeated) {
    LogLine stored("apuesta_almacenada", "success");
    stored.field("dni", bets.bets.front().document).field("numero", bets.bets.front().number);
    pending.lines.push_back(std::move(stored));
  }
  pending_.push_back(std::move(pending));
  ++batches_pending_;
  append_ack(answers_, bets.dialect);
}

void Session::answer(const Done& done) {
  const auto outcome = lottery_.close_books(done.agency, done.books,
                                            done.books ? resumed(done.agency) : std::nullopt);
  if (const auto* refused = std::get_if<Refused>(&outcome)) {
    return answer_error(Dialect::typed, refused->reason);
  }

  Pending pending{.dialect = Dialect::typed, .lines = {}};
  LogLine closed("cierre_apuestas", "success");
  closed.field("agencia", done.agency.value);
  pending.lines.push_back(std::move(closed));
  if (const auto& drawn = std::get<BooksClosed>(outcome).drawn) {
    LogLine draw("sorteo", "success");
    draw.field("draw", drawn->draw.value).field("ganadores", drawn->winners);
    pending.lines.push_back(std::move(draw));
  }
  pending_.push_back(std::move(pending));
  append_ack(answers_, Dialect::typed);
}

void Session::answer(const RequestWinners& request) {
  std::string winners;
  begin_winners(winners);
  const auto outcome = lottery_.winners(
      request.agency, [&](const Bet& bet) { append_winner(winners, request.agency, bet); });
  if (const auto* refused = std::get_if<Refused>(&outcome)) {
    return answer_error(Dialect::typed, refused->reason);
  }

  pending_.push_back({.dialect = Dialect::typed, .lines = {}});
  if (std::holds_alternative<NotDrawnYet>(outcome)) return append_wait(answers_);
  end_winners(winners);
  answers_ += winners;
}

void Session::answer(const Resume& request) {
  const auto outcome = lottery_.resume_point(request.agency);
  if (const auto* refused = std::get_if<Refused>(&outcome)) {
    return answer_error(Dialect::typed, refused->reason);
  }
  pending_.push_back({.dialect = Dialect::typed, .lines = {}});
  const auto& point = std::get<ResumePoint>(outcome);
  resuming_[request.agency] = {
      .resumed = {DrawId{point.draw}, point.state},
      .last_batch = point.state == BooksState::drawn ? 0 : point.batches,
  };
  append_resume_point(answers_, point);
}

void Session::answer(const BadRequest& bad) {
  if (bad.afterwards == Afterwards::close) is_over_ = true;
  if (bad.bets) {
    log_refused_batch(bad.agency, *bad.bets, bad.reason);
    note_refused(bad.agency, bad.batch_number);
  } else {
    log().warning(
        LogLine("mensaje_recibido", "fail").field("peer", peer_).field("error", bad.reason).text());
  }
  answer_error(bad.dialect, bad.reason);
}

Session::Resuming* Session::resuming(AgencyId agency) {
  const auto found = resuming_.find(agency);
  return found == resuming_.end() ? nullptr : &found->second;
}

std::optional<Resumed> Session::resumed(AgencyId agency) {
  const Resuming* const after_resume = resuming(agency);
  return after_resume == nullptr ? std::nullopt : std::optional(after_resume->resumed);
}

void Session::note_stored(AgencyId agency, const BetsStored& stored) {
  Resuming* const after_resume = resuming(agency);
  if (after_resume == nullptr) return;
  const bool is_next_draw = stored.draw != after_resume->resumed.draw;
  if (is_next_draw || stored.batch == after_resume->refused_batch) {
    after_resume->refused_batch.reset();
  }
  after_resume->resumed = {stored.draw, BooksState::open};
  after_resume->last_batch = stored.batch;
}

void Session::note_repeated(AgencyId agency, std::int64_t number) {
  Resuming* const after_resume = resuming(agency);
  if (after_resume == nullptr) return;
  if (number == after_resume->refused_batch) after_resume->refused_batch.reset();
  after_resume->last_batch = std::max(after_resume->last_batch, number);
}

void Session::note_refused(std::optional<AgencyId> agency, std::optional<std::int64_t> number) {
  Resuming* const after_resume = agency ? resuming(*agency) : nullptr;
  // One that this connection knows to be stored was a repeat, and nothing is missing behind it.
  if (after_resume == nullptr || !number || *number <= after_resume->last_batch) return;
  after_resume->refused_batch = std::min(after_resume->refused_batch.value_or(*number), *number);
}

void Session::answer_error(Dialect dialect, std::string_view reason) {
  append_error(answers_, dialect, as_reason(reason));
  pending_.push_back({.dialect = dialect, .lines = {}});
}

std::string Session::flush() {
  try {
    if (!pending_.empty()) ledger_.sync();
    for (const Pending& pending : pending_) {
      for (const LogLine& line : pending.lines) log().information(line.text());
    }
  } catch (const LedgerFailed& error) {
    is_over_ = true;
    answers_.clear();
    for (const Pending& pending : pending_) {
      append_error(answers_, pending.dialect, as_reason(error.what()));
      if (pending.agency) log_refused_batch(pending.agency, pending.bets, error.what());
    }
  }
  pending_.clear();
  batches_pending_ = 0;
  is_urgent_ = false;
  return std::exchange(answers_, {});
}

}  // namespace lottery
