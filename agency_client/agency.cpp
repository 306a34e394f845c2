#include "agency_client/agency.h"

#include <chrono>
#include <deque>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

#include "agency_client/bet_number.h"
#include "agency_client/random_upload_id.h"
#include "network/wait.h"
#include "program/log.h"
#include "text/printable.h"

namespace lottery {
namespace {

// The longest time for which a service delays its answer to AWAIT_WINNERS.
constexpr std::chrono::seconds winners_held_max{20};

/// Throws the right exception if `answer` is not a possible answer to `question`.
[[noreturn]] void throw_unexpected(const Answer& answer, const std::string& question) {
  if (const auto* error = std::get_if<Error>(&answer)) {
    throw RefusedByService("the service has refused " + question + ": " + as_reason(error->reason));
  }
  // A proxy in between has repeated or dropped a message, so questions and answers no longer match.
  // Only a new connection restores the order.
  throw AnswerLost("the service sent something that is not an answer to " + question);
}

void expect_ack(const Answer& answer, const std::string& question) {
  if (!std::holds_alternative<Ack>(answer)) throw_unexpected(answer, question);
}

void log_not_sent(std::int64_t bets, const std::string& why) {
  log().error(
      LogLine("apuesta_enviada", "fail").field("cantidad", bets).field("error", why).text());
}

/// Calls `step`. If it throws, logs the failure for a batch of `bets` bets.
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

/// Skips the rows that the service already has. Throws RefusedByService if its books contain other
/// rows.
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
                         ", but they are not the first bets of " + file.path().string());
}

/// Throws RefusedByService if `file` begins with the books of `drawn` (at least one bet): the file
/// has grown since that draw. `books` is the balance of the whole file.
void refuse_grown_file(BetsFile& file, const Books& books, const ResumePoint& drawn) {
  const std::int64_t drawn_bets = drawn.books.bets;
  if (drawn_bets == 0 || books.bets <= drawn_bets) return;
  BooksBalance balance;
  while (balance.bets() < drawn_bets) {
    const auto bet_line = file.next_bet();
    if (!bet_line) break;
    balance.add_line(*bet_line);
  }
  file.rewind();
  if (balance.books() != drawn.books) return;
  throw RefusedByService(
      "the file " + file.path().string() + " has grown after its draw: its first bets are the " +
      std::to_string(drawn_bets) + " bets of this agency that were drawn in " + draw_of(drawn) +
      ", and " + std::to_string(books.bets - drawn_bets) +
      " bets follow them; nothing was sent. To place all of them in the next draw, add --again; to "
      "place only the new ones, put them into a separate file");
}

/// True if the answer may come from a service that does not know RESUME, in any wording. A service
/// that knows RESUME only refuses it because of the agency.
bool may_not_know_resume(const Error& error) {
  return error.reason.find("agency") == std::string::npos;
}

constexpr const char* setting_for_older_services =
    "; for a service that does not know RESUME, set protocol.numbered = false";

/// True if `point` shows other books than the client knew. A draw that the client did not know
/// counts as 0.
bool have_changed(const ResumePoint& known, const ResumePoint& point) {
  return point.state != known.state || point.batches != known.batches ||
         point.books.bets != known.books.bets || (known.draw != 0 && point.draw != known.draw);
}

/// True if `point` shows later books than `before`. Different books that are not later are no
/// progress: services on different databases, listed as addresses of one service, would show them
/// alternately for ever.
bool is_further(const ResumePoint& point, const ResumePoint& before) {
  return std::tie(point.draw, point.state, point.batches) >
         std::tie(before.draw, before.state, before.batches);
}

}  // namespace

Agency::Agency(const AgencySettings& settings, Interruption stop)
    : settings_(settings),
      stop_(stop),
      upload_(random_upload_id()),
      connection_(settings.service, stop),
      retry_(connection_, settings.reach_timeout, stop) {}

void Agency::hand_in(BetsFile& file, const Books& books, DrawnBets drawn_bets) {
  if (settings_.protocol == Protocol::unnumbered) {
    hand_in_plainly(file, books);
  } else {
    hand_in_numbered(file, books, drawn_bets);
  }
}

void Agency::hand_in_plainly(BetsFile& file, const Books& books) {
  // A batch that was turned away is not stored, so it is sent again. A batch whose answer was lost
  // may be stored, so it is not.
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

void Agency::hand_in_numbered(BetsFile& file, const Books& books, DrawnBets drawn_bets) {
  drawn_before_.reset();
  std::optional<Refusal> refusal;
  retry_.until_done<ServiceUnreachable>([&] {
    connection_.close();
    std::optional<ResumePoint> closed_after;  // the point before the DONE that was acknowledged
    for (;;) {
      ResumePoint point = ask_resume_point();
      const auto finish = [&](std::int64_t draw) {
        outcome_.draw = draw;
        outcome_.bets = books.bets;
      };
      // The books are closed, but the upload has stored nothing in them: another client of this
      // agency has stored the file, and a client has bet in the next draw since.
      if (closed_after && closed_after->state == BooksState::open &&
          point.draw > closed_after->draw) {
        return finish(closed_after->draw);
      }
      Standing standing{};
      try {
        standing = standing_of(point, file, books, drawn_bets);
      } catch (const RefusedByService& mismatch) {
        if (!refusal) throw;
        throw RefusedByService(refusal->sentence + "; " + mismatch.what());
      }
      if (standing == Standing::handed_in) {
        if (!closed_after) {
          log().information(LogLine("apuesta_enviada", "success")
                                .field("cantidad", std::int64_t{0})
                                .field("draw", point.draw)
                                .field("already_stored", books.bets)
                                .text());
        }
        return finish(point.draw);
      }

      if (closed_after)
        throw AnswerLost("the service acknowledged DONE, but did not close the books");
      if (refusal && !have_changed(refusal->known, point))
        throw RefusedByService(refusal->sentence);
      if (refusal && point == refusal->round_began_at) throw AnswerLost(refusal->sentence);
      refusal.reset();

      ResumePoint known = point;
      try {
        send_rest(file, books, known);
        closed_after = std::move(point);
      } catch (const RefusedByService& error) {
        // Another upload of this agency may have been faster. On a new connection, no answer to an
        // earlier message can be mistaken for the answer to RESUME.
        connection_.close();
        refusal = {error.what(), std::move(point), std::move(known)};
      }
    }
  });
}

Agency::Standing Agency::standing_of(const ResumePoint& point, BetsFile& file, const Books& books,
                                     DrawnBets drawn_bets) {
  const bool is_first = !drawn_before_;
  if (is_first) drawn_before_ = point.state == BooksState::drawn ? point.draw : 0;

  const bool is_this_file = point.books == books;
  const bool is_old_draw = point.state == BooksState::drawn && point.draw == *drawn_before_;
  const bool bets_again = point.draw <= drawn_bets.again_if_drawn_by;
  file.rewind();
  if (is_old_draw && (!is_this_file || bets_again)) {
    if (is_first && !bets_again) refuse_grown_file(file, books, point);
    return Standing::next_draw;
  }
  if (point.state != BooksState::open && !is_this_file) {
    throw RefusedByService("this agency's books are closed for " + draw_of(point) + " with " +
                           std::to_string(point.books.bets) + " bets, which are not the " +
                           std::to_string(books.bets) + " bets of " + file.path().string());
  }
  if (point.state == BooksState::open) skip_stored_bets(file, point);
  outcome_.draw = point.draw;
  outcome_.bets = point.books.bets;
  if (is_first) outcome_.already_stored = point.books.bets;
  return point.state == BooksState::open ? Standing::begun : Standing::handed_in;
}

void Agency::send_rest(BetsFile& file, const Books& books, ResumePoint& known) {
  const bool begins_draw = known.state == BooksState::drawn;
  Progress progress(books.bets - (begins_draw ? 0 : known.books.bets));
  // A new connection begins with RESUME, so this does not connect.
  std::deque<std::int64_t> in_flight;  // number of bets in each batch without an answer
  const auto await_ack = [&] {
    const std::int64_t bets = in_flight.front();
    logging_failure(bets, [&] { expect_ack(connection_.receive(), "NUMBERED_BETS"); });
    in_flight.pop_front();
    retry_.answered();
    if (known.state == BooksState::drawn) known = {};
    ++known.batches;
    known.books.bets += bets;
    outcome_.bets = known.books.bets;
    progress.batch_stored(bets);
  };
  send_batches(file, begins_draw ? 0 : known.batches, [&](BetsEncoder& batch) {
    if (in_flight.size() == settings_.batch.in_flight_max) await_ack();
    const auto bets = static_cast<std::int64_t>(batch.bets());
    logging_failure(bets, [&] { connection_.send(batch.message()); });
    in_flight.push_back(bets);
  });
  while (!in_flight.empty()) await_ack();
  progress.all_stored();
  expect_ack(connection_.ask(encode(Done{settings_.agency, books})), "DONE");
  retry_.answered();
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
  if (settings_.protocol == Protocol::unnumbered) {
    BetsEncoder batch(settings_.agency);
    batch.add(bet_line);
    const Answer answer =
        retry_.until_done<ServiceUnavailable>([&] { return ask(batch.message()); });
    expect_ack(answer, "BETS");
  } else {
    place_numbered_bet(bet_line);
  }
  outcome_.bets = 1;
}

void Agency::place_numbered_bet(std::string_view bet_line) {
  struct RefusedNumber {
    ResumePoint point;
    std::int64_t number = 0;
    std::string sentence;
  };
  BetNumber number;
  std::optional<RefusedNumber> refused;
  BetsEncoder message(settings_.agency);
  retry_.until_done<ServiceUnreachable>([&] {
    for (;;) {
      connection_.close();
      const ResumePoint point = ask_resume_point();
      const std::int64_t next = number.next(point);
      if (refused && refused->number == next && refused->point == point) {
        throw RefusedByService(refused->sentence +
                               (number.may_be_stored() ? "; an earlier answer was lost, so the bet "
                                                         "may be stored all the same"
                                                       : ""));
      }
      message.begin(next);
      message.add(bet_line);
      try {
        expect_ack(connection_.ask(message.message()), "NUMBERED_BETS");
        if (point.state != BooksState::drawn) outcome_.draw = point.draw;
        return;
      } catch (const TurnedAway&) {
        number.turned_away();
        throw;
      } catch (const RefusedByService& error) {
        number.refused();
        refused = {point, next, error.what()};
      }
    }
  });
}

Winners Agency::wait_for_winners() {
  for (;;) {
    Answer answer = retry_.until_done<ServiceUnreachable>([&] { return ask_for_winners(); });
    retry_.went_well();
    if (auto* winners = std::get_if<Winners>(&answer)) {
      outcome_.winners = static_cast<std::int64_t>(winners->winners.size());
      return std::move(*winners);
    }
    // A service that knows AWAIT_WINNERS has already waited.
    if (settings_.protocol == Protocol::numbered) continue;
    pause_until(std::chrono::steady_clock::now() + settings_.poll_interval, stop_);
  }
}

Answer Agency::ask_for_winners() {
  const bool awaits = settings_.protocol == Protocol::numbered;
  Answer answer =
      awaits ? ask(encode(AwaitWinners{settings_.agency, outcome_.draw.value()}), winners_held_max)
             : ask(encode(RequestWinners{settings_.agency}));
  if (!std::holds_alternative<Winners>(answer) && !std::holds_alternative<Wait>(answer)) {
    throw_unexpected(answer, awaits ? "AWAIT_WINNERS" : "REQUEST_WINNERS");
  }
  return answer;
}

void Agency::ping() {
  // A new upload learns at once if the service can't store bets now. This upload id is never used
  // for bets.
  const std::string question = settings_.protocol == Protocol::numbered
                                   ? encode(Resume{settings_.agency, upload_})
                                   : encode(RequestWinners{settings_.agency});
  constexpr std::chrono::seconds one_round{0};
  Retry(connection_, one_round, stop_).until_done<ServiceUnreachable>([&] { ask(question); });
}

ResumePoint Agency::ask_resume_point() {
  Answer answer = [&] {
    try {
      return ask(encode(Resume{settings_.agency, upload_}));
    } catch (const AnswerLost& error) {
      // A service may also close the connection when it receives an unknown message.
      if (last_point_) throw;
      throw AnswerLost(error.what() + std::string(setting_for_older_services));
    }
  }();
  if (auto* point = std::get_if<ResumePoint>(&answer)) {
    if (last_point_ && !is_further(*point, *last_point_)) {
      retry_.answered();
    } else {
      retry_.went_well();
      last_point_ = *point;
    }
    return std::move(*point);
  }
  if (const auto* error = std::get_if<Error>(&answer)) {
    log_not_sent(0, as_reason(error->reason));
    if (may_not_know_resume(*error)) {
      throw RefusedByService("the service has refused RESUME: " + as_reason(error->reason) +
                             setting_for_older_services);
    }
  }
  throw_unexpected(answer, "RESUME");
}

Answer Agency::ask(std::string_view message, std::chrono::seconds held_max) {
  // With plain batches, a lost answer can't be asked for again.
  if (settings_.protocol == Protocol::unnumbered) connection_.await_habitual_close();
  connection_.connect();
  return connection_.ask(message, held_max);
}

}  // namespace lottery
