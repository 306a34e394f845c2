#include "service/lottery.h"

#include <algorithm>
#include <utility>

namespace lottery {
namespace {

// How often the balance of books is struck anew because a batch came in between.
constexpr int balance_attempts_max = 8;

Refused not_in_the_draw(AgencyId agency) {
  return Refused{"the draw has no agency " + to_string(agency)};
}

Refused is_over(const Resumed& resumed) {
  return Refused{"another client has gone on: draw " + std::to_string(resumed.draw.value) +
                 " is not this agency's newest any more"};
}

Books balance_of(std::span<const Bet> bets) {
  BooksBalance balance;
  for (const Bet& bet : bets) balance.add(bet);
  return balance.books();
}

Refused do_not_balance(AgencyId agency, const Books& declared, const Books& found) {
  if (declared.bets != found.bets) {
    return Refused{"the books of agency " + to_string(agency) + " do not balance: it says " +
                   std::to_string(declared.bets) + " bets, and the service has " +
                   std::to_string(found.bets)};
  }
  return Refused{"the books of agency " + to_string(agency) +
                 " do not balance: the service has the SHA-256 " + found.sha256};
}

}  // namespace

Lottery::Lottery(Ledger& ledger, DrawTerms terms) : ledger_(ledger), terms_(std::move(terms)) {}

std::variant<BetsStored, BetsStoredBefore, Refused> Lottery::place_bets(
    AgencyId agency, std::span<const Bet> bets, std::optional<std::int64_t> batch_number,
    const std::optional<Resumed>& resumed) {
  const std::string sha256 = balance_of(bets).sha256;  // before it is this batch's turn

  std::variant<BetsStored, BetsStoredBefore, Refused> outcome;
  ledger_.write([&](WriteTransaction& transaction) {
    outcome = place_bets(agency, bets, sha256, batch_number, resumed, transaction);
  });
  return outcome;
}

std::variant<BetsStored, BetsStoredBefore, Refused> Lottery::place_bets(
    AgencyId agency, std::span<const Bet> bets, const std::string& sha256,
    std::optional<std::int64_t> batch_number, const std::optional<Resumed>& resumed,
    WriteTransaction& transaction) const {
  const auto open = books_of(agency, transaction);
  if (!open) return not_in_the_draw(agency);
  if (resumed && !is_still_meant(*resumed, agency, *open, transaction)) return is_over(*resumed);

  const std::int64_t next = open->books.batches + 1;
  const std::int64_t number = batch_number.value_or(next);
  if (number < next) {
    if (transaction.holds(open->draw, agency, number, bets)) return BetsStoredBefore{};
    return Refused{"batch " + std::to_string(number) + " is stored already, with other bets"};
  }
  if (open->books.state != BooksState::open) {
    return Refused{"the books of agency " + to_string(agency) + " are closed until the draw"};
  }
  if (number > next) {
    return Refused{"batch " + std::to_string(number) + " is past the next one, " +
                   std::to_string(next)};
  }
  transaction.store_batch(open->draw, agency, number, bets, sha256);
  transaction.commit();
  return BetsStored{open->draw, number};
}

std::variant<BooksClosed, Refused> Lottery::close_books(AgencyId agency,
                                                        const std::optional<Books>& declared,
                                                        const std::optional<Resumed>& resumed) {
  // The balance is struck beside the writers, and holds where no batch has come meanwhile: only
  // another client with the same id could send one.
  for (int attempt = 0; attempt < balance_attempts_max; ++attempt) {
    const auto struck = resume_point(agency);
    if (const auto* refused = std::get_if<Refused>(&struck)) return *refused;
    const auto& point = std::get<ResumePoint>(struck);

    std::optional<std::variant<BooksClosed, Refused>> outcome;
    ledger_.write([&](WriteTransaction& transaction) {
      outcome = close_books(agency, point, declared, resumed, transaction);
    });
    if (outcome) return *outcome;
  }
  return Refused{"the books of agency " + to_string(agency) + " take bets while they are closed"};
}

std::optional<std::variant<BooksClosed, Refused>> Lottery::close_books(
    AgencyId agency, const ResumePoint& point, const std::optional<Books>& declared,
    const std::optional<Resumed>& resumed, WriteTransaction& transaction) const {
  const auto open = books_of(agency, transaction);
  if (!open) return not_in_the_draw(agency);
  if (resumed && !is_still_meant(*resumed, agency, *open, transaction)) return is_over(*resumed);
  const bool is_struck = point.draw == open->draw.value && point.batches == open->books.batches;
  const bool is_new = open->books.batches == 0;
  if (!is_struck && !is_new) return {};
  const Books balance = is_struck ? point.books : balance_of({});
  if (declared && *declared != balance) return do_not_balance(agency, *declared, balance);
  if (open->books.state != BooksState::open) return BooksClosed{};

  BooksClosed closed;
  transaction.close_books(open->draw, agency, balance);
  if (transaction.all_books_closed(open->draw)) {
    closed.drawn = Drawn{open->draw, transaction.draw_winners(open->draw, terms_.winning_number)};
  }
  transaction.commit();
  return closed;
}

std::variant<ResumePoint, Refused> Lottery::resume_point(AgencyId agency) {
  const auto transaction = ledger_.begin_long_read();
  const auto newest_of_agency = transaction->newest_draw_of(agency);
  if (newest_of_agency) {
    const DrawId draw = newest_of_agency->draw;
    const auto books = transaction->books(draw, agency);
    BooksBalance balance;
    transaction->each_bet(draw, agency, [&](const Bet& bet) { balance.add(bet); });
    return ResumePoint{draw.value, books->state, books->batches, balance.books()};
  }

  // The open draw, or the one that would open next.
  const auto newest = transaction->newest_draw();
  const bool is_open = newest && newest->phase == Phase::open;
  const bool has_agency =
      is_open ? transaction->books(newest->draw, agency).has_value() : is_in_next_draw(agency);
  if (!has_agency) return not_in_the_draw(agency);
  const std::int64_t last = newest ? newest->draw.value : 0;
  return ResumePoint{is_open ? last : last + 1, BooksState::open, 0, balance_of({})};
}

std::variant<WinnersTold, NotDrawnYet, Refused> Lottery::winners(
    AgencyId agency, const std::function<void(const Bet&)>& winner) {
  const auto transaction = ledger_.begin_read();
  auto asked = transaction->newest_draw_of(agency);
  if (!asked) {
    // The newest draw is the open one, or the last one drawn.
    asked = transaction->newest_draw();
    if (!asked) {
      if (!is_in_next_draw(agency)) return not_in_the_draw(agency);
      return NotDrawnYet{};
    }
    if (!transaction->books(asked->draw, agency)) return not_in_the_draw(agency);
  }
  if (asked->phase == Phase::open) return NotDrawnYet{};
  transaction->each_winner(asked->draw, agency, winner);
  return WinnersTold{};
}

std::optional<Lottery::OpenBooks> Lottery::books_of(AgencyId agency,
                                                    WriteTransaction& transaction) const {
  auto draw = transaction.open_draw();
  if (!draw) {
    if (!is_in_next_draw(agency)) return {};
    draw = transaction.begin_draw(terms_.agencies);
  }
  const auto books = transaction.books(*draw, agency);
  if (!books) return {};
  return OpenBooks{*draw, *books};
}

bool Lottery::is_still_meant(const Resumed& resumed, AgencyId agency, const OpenBooks& open,
                             WriteTransaction& transaction) {
  if (resumed.state != BooksState::drawn) return open.draw == resumed.draw;
  const auto newest = transaction.newest_draw_of(agency);
  return newest && newest->draw == resumed.draw;
}

bool Lottery::is_in_next_draw(AgencyId agency) const {
  return std::find(terms_.agencies.begin(), terms_.agencies.end(), agency) != terms_.agencies.end();
}

}  // namespace lottery
