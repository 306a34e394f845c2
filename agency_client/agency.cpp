#include "agency_client/agency.h"

#include <chrono>
#include <deque>
#include <utility>
#include <variant>

#include "program/deadline_io.h"
#include "program/log.h"
#include "text/printable.h"

namespace lottery {
namespace {

/// What to throw where `answer` is not one that `question` can have.
[[noreturn]] void throw_unexpected(const Answer& answer, const std::string& question) {
  if (const auto* error = std::get_if<Error>(&answer)) {
    throw RefusedByService("the service has refused " + question + ": " + as_reason(error->reason));
  }
  // Something between the two has repeated or dropped a message: questions and answers are out of
  // step, and only a new connection brings them together again.
  throw AnswerLost("what the service has said is no answer to " + question);
}

void expect_ack(const Answer& answer, const std::string& question) {
  if (!std::holds_alternative<Ack>(answer)) throw_unexpected(answer, question);
}

void log_not_sent(std::int64_t bets, const std::string& why) {
  log().error(
      LogLine("apuesta_enviada", "fail").field("cantidad", bets).field("error", why).text());
}

/// Calls `step`; where that fails, it says so of a batch of `bets`.
template <typename Step>
void logging_failure(std::int64_t bets, Step step) {
  try {
    step();
  } catch (const std::exception& error) {
    log_not_sent(bets, error.what());
    throw;
  }
}

std::string draw_of(const ResumePoint& point) { return "draw " + std::to_string(point.draw); }

/// Reads over the first `bets` rows, which must be those of the books that the service has.
void skip_stored_bets(BetsFile& file, const ResumePoint& point) {
  BooksBalance balance;
  while (balance.bets() < point.books.bets) {
    const auto bet_line = file.next_bet();
    if (!bet_line) break;
    balance.add_line(*bet_line);
  }
  if (balance.books() == point.books) return;
  throw RefusedByService("the service has " + std::to_string(point.books.bets) +
                         " bets of this agency in " + draw_of(point) +
                         ", and they are not the first ones of " + file.path().string());
}

}  // namespace

Agency::Agency(const AgencySettings& settings, const StopSignal& stop)
    : settings_(settings),
      stop_(stop),
      connection_(settings.service, stop),
      retry_(settings.reach_timeout, stop) {}

void Agency::hand_in(BetsFile& file, const Books& books, DrawnBets drawn_bets) {
  if (settings_.dialogue == Dialogue::plain) return hand_in_plainly(file, books);
  drawn_before_.reset();
  retry_.until_done<ServiceUnreachable>([&] {
    connection_.close();
    const ResumePoint point = ask_resume_point();
    try {
      hand_in_from(point, file, books, drawn_bets);
    } catch (const RefusedByService&) {
      // Another client of this agency may have handed in the same bets meanwhile.
      if (!has_handed_in(books)) throw;
    }
  });
}

bool Agency::has_handed_in(const Books& books) {
  const ResumePoint point = ask_resume_point();
  const bool is_old_draw = point.state == BooksState::drawn && point.draw == drawn_before_;
  const bool has_them = point.state != BooksState::open && !is_old_draw && point.books == books;
  if (has_them) note_found(point);
  return has_them;
}

void Agency::hand_in_plainly(BetsFile& file, const Books& books) {
  // A batch that was turned away is not stored, and is sent again; one whose answer was lost may
  // be.
  const auto ask_until_taken = [&](std::string_view message) {
    return retry_.until_done<ServiceUnavailable>([&] {
      Answer answer = ask(message);
      retry_.went_well();
      return answer;
    });
  };
  Progress progress(books.bets);
  send_batches(file, {}, [&](BetsEncoder& batch) {
    const auto bets = static_cast<std::int64_t>(batch.bets());
    logging_failure(bets, [&] { expect_ack(ask_until_taken(batch.message()), "BETS"); });
    outcome_.bets += bets;
    progress.batch_stored(bets);
  });
  progress.all_stored();
  expect_ack(ask_until_taken(encode(Done{settings_.agency})), "DONE");
}

void Agency::hand_in_from(const ResumePoint& point, BetsFile& file, const Books& books,
                          DrawnBets drawn_bets) {
  const bool is_first = !drawn_before_;
  if (is_first) drawn_before_ = point.state == BooksState::drawn ? point.draw : 0;

  const bool is_this_file = point.books == books;
  const bool is_old_draw = point.state == BooksState::drawn && point.draw == *drawn_before_;
  const bool begins_anew = is_old_draw && (!is_this_file || drawn_bets == DrawnBets::bet_again);
  if (point.state != BooksState::open && !begins_anew) {
    if (is_this_file) {
      note_found(point);
      if (is_first) outcome_.already_stored = outcome_.bets;
      log().information(LogLine("apuesta_enviada", "success")
                            .field("cantidad", std::int64_t{0})
                            .field("draw", point.draw)
                            .field("already_stored", books.bets)
                            .text());
      return;
    }
    throw RefusedByService("this agency's books are closed for " + draw_of(point) + " with " +
                           std::to_string(point.books.bets) + " bets, and those are not the " +
                           std::to_string(books.bets) + " of " + file.path().string());
  }

  file.rewind();
  std::int64_t last_batch = 0;
  std::int64_t stored = 0;
  if (!begins_anew) {
    skip_stored_bets(file, point);
    note_found(point);
    if (is_first) outcome_.already_stored = outcome_.bets;
    last_batch = point.batches;
    stored = point.books.bets;
  }
  Progress progress(books.bets - stored);
  // Without connecting in here: on a new connection the resume point comes first.
  std::deque<std::int64_t> in_flight;  // the bets of each batch that has no answer yet
  const auto await_ack = [&] {
    const std::int64_t bets = in_flight.front();
    logging_failure(bets, [&] { expect_ack(connection_.receive(), "NUMBERED_BETS"); });
    in_flight.pop_front();
    retry_.went_well();
    outcome_.bets += bets;
    progress.batch_stored(bets);
  };
  send_batches(file, last_batch, [&](BetsEncoder& batch) {
    if (in_flight.size() == settings_.batch.in_flight_max) await_ack();
    const auto bets = static_cast<std::int64_t>(batch.bets());
    logging_failure(bets, [&] { connection_.send(batch.message()); });
    in_flight.push_back(bets);
  });
  while (!in_flight.empty()) await_ack();
  progress.all_stored();
  expect_ack(connection_.ask(encode(Done{settings_.agency, books})), "DONE");
  expect_in_step();
}

void Agency::note_found(const ResumePoint& point) {
  outcome_.draw = point.draw;
  outcome_.bets = point.books.bets;
}

void Agency::expect_in_step() {
  const Answer answer = connection_.ask(encode(RequestWinners{settings_.agency}));
  if (std::holds_alternative<Wait>(answer) || std::holds_alternative<Winners>(answer)) return;
  throw AnswerLost("what the service has said is no answer to REQUEST_WINNERS");
}

template <typename SendBatch>
void Agency::send_batches(BetsFile& file, std::optional<std::int64_t> last_batch,
                          SendBatch send_batch) {
  BetsEncoder batch(settings_.agency);
  const auto begin_next = [&] {
    if (last_batch) ++*last_batch;
    batch.begin(last_batch);
  };
  const auto send = [&] {
    stop_.throw_if_come();
    send_batch(batch);
    begin_next();
  };

  begin_next();
  while (const auto bet_line = file.next_bet()) {
    const bool is_full = batch.bets() == settings_.batch.bets_max ||
                         batch.bytes_with(*bet_line) > settings_.batch.bytes_max;
    if (is_full) send();
    batch.add(*bet_line);
  }
  if (batch.bets() != 0) send();
}

void Agency::place_bet(std::string_view bet_line) {
  BetsEncoder batch(settings_.agency);
  if (settings_.dialogue == Dialogue::plain) {
    batch.add(bet_line);
    const Answer answer =
        retry_.until_done<ServiceUnavailable>([&] { return ask(batch.message()); });
    expect_ack(answer, "BETS");
    outcome_.bets = 1;
    return;
  }
  // Under the same number it can be sent again and again, and is stored once.
  std::optional<std::int64_t> batch_number;
  retry_.until_done<ServiceUnreachable>([&] {
    connection_.close();
    if (!batch_number) {
      const ResumePoint point = ask_resume_point();
      if (point.state != BooksState::drawn) outcome_.draw = point.draw;
      batch_number = point.state == BooksState::drawn ? 1 : point.batches + 1;
      batch.begin(batch_number);
      batch.add(bet_line);
    }
    expect_ack(ask(batch.message()), "NUMBERED_BETS");
  });
  outcome_.bets = 1;
}

Winners Agency::wait_for_winners() {
  const std::string question = encode(RequestWinners{settings_.agency});
  for (;;) {
    Answer answer = retry_.until_done<ServiceUnreachable>([&] {
      Answer told = ask(question);
      if (!std::holds_alternative<Winners>(told) && !std::holds_alternative<Wait>(told)) {
        throw_unexpected(told, "REQUEST_WINNERS");
      }
      return told;
    });
    retry_.went_well();
    if (auto* winners = std::get_if<Winners>(&answer)) {
      outcome_.winners = static_cast<std::int64_t>(winners->winners.size());
      return std::move(*winners);
    }
    pause_until(std::chrono::steady_clock::now() + settings_.poll_interval, stop_.descriptor());
  }
}

void Agency::ping() {
  try {
    ask(encode(RequestWinners{settings_.agency}));
  } catch (const TurnedAway&) {
    // It is there, and busy.
  }
}

ResumePoint Agency::ask_resume_point() {
  Answer answer = ask(encode(Resume{settings_.agency, UploadId{std::string(32, '0')}}));
  if (auto* point = std::get_if<ResumePoint>(&answer)) return std::move(*point);
  if (const auto* error = std::get_if<Error>(&answer)) log_not_sent(0, as_reason(error->reason));
  throw_unexpected(answer, "RESUME");
}

Answer Agency::ask(std::string_view message) {
  connection_.connect();
  return connection_.ask(message);
}

}  // namespace lottery
