#include "agency_client/agency.h"

#include <chrono>
#include <string>
#include <utility>
#include <variant>

#include "agency_client/progress.h"
#include "program/deadline_io.h"
#include "program/log.h"
#include "protocol/request.h"
#include "protocol/text.h"

namespace lottery {
namespace {

RefusedByService unexpected(const Answer& answer, const std::string& question) {
  if (const auto* error = std::get_if<Error>(&answer)) {
    return RefusedByService("the service has refused " + question + ": " +
                            std::string(error->reason));
  }
  return RefusedByService("what the service has said is no answer to " + question);
}

void expect_ack(const Answer& answer, const std::string& question) {
  if (!std::holds_alternative<Ack>(answer)) throw unexpected(answer, question);
}

}  // namespace

Agency::Agency(const AgencySettings& settings, const StopSignal& stop)
    : settings_(settings), stop_(stop), connection_(settings.service, stop) {}

void Agency::upload(BetsFile& file, std::int64_t bets) {
  connection_.connect();
  Progress progress(bets);
  BetsEncoder batch(settings_.agency);
  const auto send = [&] {
    stop_.throw_if_come();
    const auto batch_bets = static_cast<std::int64_t>(batch.bets());
    send_batch(batch);
    progress.batch_stored(batch_bets);
  };
  while (const auto bet_line = file.next_bet()) {
    const bool is_full = batch.bets() == settings_.batch.bets_max ||
                         batch.bytes_with(*bet_line) > settings_.batch.bytes_max;
    if (is_full) send();
    batch.add(*bet_line);
  }
  if (batch.bets() != 0) send();
  progress.all_stored();
}

void Agency::place_bet(std::string_view bet_line) {
  connection_.connect();
  BetsEncoder batch(settings_.agency);
  batch.add(bet_line);
  send_batch(batch);
}

void Agency::send_batch(BetsEncoder& batch) {
  try {
    expect_ack(connection_.ask(batch.message()), "BETS");
  } catch (const std::exception& error) {
    log().error(LogLine("apuesta_enviada", "fail")
                    .field("cantidad", static_cast<std::int64_t>(batch.bets()))
                    .field("error", error.what())
                    .text());
    throw;
  }
  batch.clear();
}

void Agency::close_books() {
  connection_.connect();
  expect_ack(connection_.ask(encode(Done{settings_.agency})), "DONE");
}

Winners Agency::wait_for_winners() {
  const std::string question = encode(RequestWinners{settings_.agency});
  for (;;) {
    connection_.connect();
    Answer answer = connection_.ask(question);
    if (auto* winners = std::get_if<Winners>(&answer)) return std::move(*winners);
    if (!std::holds_alternative<Wait>(answer)) throw unexpected(answer, "REQUEST_WINNERS");
    pause_until(std::chrono::steady_clock::now() + settings_.poll_interval, stop_.descriptor());
  }
}

void Agency::ping() {
  connection_.connect();
  connection_.ask(encode(RequestWinners{settings_.agency}));
}

}  // namespace lottery
