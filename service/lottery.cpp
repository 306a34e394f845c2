#include "service/lottery.h"

#include <algorithm>
#include <utility>

namespace lottery {
namespace {

Refused not_in_the_draw(AgencyId agency) {
  return Refused{"the draw has no agency " + to_string(agency)};
}

}  // namespace

Lottery::Lottery(Ledger& ledger, DrawTerms terms) : ledger_(ledger), terms_(std::move(terms)) {}

std::variant<BetsStored, Refused> Lottery::place_bets(AgencyId agency, std::span<const Bet> bets) {
  const auto transaction = ledger_.begin_write();
  const auto open = books_of(agency, *transaction);
  if (!open) return not_in_the_draw(agency);
  if (open->books == Books::closed) {
    return Refused{"the books of agency " + to_string(agency) + " are closed until the draw"};
  }
  transaction->store_batch(open->draw, agency, bets);
  transaction->commit();
  return BetsStored{};
}

std::variant<BooksClosed, Refused> Lottery::close_books(AgencyId agency) {
  const auto transaction = ledger_.begin_write();
  const auto open = books_of(agency, *transaction);
  if (!open) return not_in_the_draw(agency);
  if (open->books == Books::closed) return BooksClosed{};

  BooksClosed closed;
  transaction->close_books(open->draw, agency);
  if (transaction->all_books_closed(open->draw)) {
    closed.drawn = Drawn{open->draw, transaction->draw_winners(open->draw, terms_.winning_number)};
  }
  transaction->commit();
  return closed;
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
    if (!transaction->has_agency(asked->draw, agency)) return not_in_the_draw(agency);
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

bool Lottery::is_in_next_draw(AgencyId agency) const {
  return std::find(terms_.agencies.begin(), terms_.agencies.end(), agency) != terms_.agencies.end();
}

}  // namespace lottery
