#include "service/storage/sqlite/books_verification.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <queue>
#include <utility>
#include <variant>

#include "protocol/bet.h"
#include "text/utf8.h"

namespace lottery {
namespace {

using SQLite::Statement;

constexpr std::int64_t before_all_numbers = std::numeric_limits<std::int64_t>::min();

std::optional<std::string> text_or_null(const SQLite::Column& column) {
  if (column.isNull()) return {};
  return column.getString();
}

/// True if `bet` can be read back as it was sent. A line end inside a field, for example, would
/// make two bets' lines of one bet.
bool is_readable(const Bet& bet) {
  std::string line;
  append_bet(line, bet);
  line.pop_back();
  if (!is_utf8(line)) return false;
  const auto parsed = parse_stored_bet(line);
  const auto* const read = std::get_if<Bet>(&parsed);
  return read != nullptr && *read == bet;
}

}  // namespace

std::int64_t BooksVerification::Batch::end() const noexcept {
  constexpr std::int64_t id_max = std::numeric_limits<std::int64_t>::max();
  if (bets < 1) return first_bet_id;
  return first_bet_id > id_max - bets ? id_max : first_bet_id + bets;
}

struct BooksVerification::AgencyBooks {
  Place place;
  std::int64_t agency = 0;
  bool is_closed = false;
  std::optional<std::int64_t> bets;      // as they were closed
  std::optional<std::string> sha256;     // as they were closed
  std::optional<std::string> closed_by;  // a certificate
  std::optional<std::string> sent_by;    // certificates, with commas between
  BooksBalance balance;                  // of the batches that were read
  Batch batch;               // the one to be read next; before the first, none has a number
  std::int64_t batches = 0;  // the number of the last batch that was read
};

struct BooksVerification::Draw {
  Place place;
  Place winners;
  std::int64_t id = 0;
  bool is_drawn = false;
  std::int64_t winning_number = 0;
};

BooksVerification::BooksVerification(SQLite::Database& database, Findings& findings)
    : database_(database),
      findings_(findings),
      scan_(database),
      next_batch_(database, R"sql(
          SELECT batch_number, first_bet_id, bets, sha256
          FROM batches
          WHERE draw_id = ? AND agency_id = ? AND batch_number > ?
          ORDER BY batch_number
          LIMIT 1)sql"),
      winner_(database, R"sql(
          SELECT 1 FROM winners WHERE draw_id = ? AND agency_id = ? AND bet_id = ?)sql") {}

void BooksVerification::run() {
  Statement draws(database_, R"sql(
      SELECT draw_id, drawn_at IS NOT NULL, winning_number, lead(draw_id) OVER (ORDER BY draw_id)
      FROM draws
      ORDER BY draw_id)sql");
  std::int64_t expected = 0;
  while (draws.executeStep()) {
    Draw draw;
    draw.id = draws.getColumn(0).getInt64();
    draw.place.name = "draw " + std::to_string(draw.id);
    draw.winners.name = draw.place.name + ", winners";
    draw.is_drawn = draws.getColumn(1).getInt() != 0;
    draw.winning_number = draws.getColumn(2).getInt64();
    const bool has_winning_number = !draws.getColumn(2).isNull();
    const bool is_newest = draws.getColumn(3).isNull();
    if (draw.id != ++expected) {
      findings_.problem(draw.place, "draw " + std::to_string(expected) + " is missing");
    }
    expected = draw.id;
    if (!draw.is_drawn && !is_newest) {
      findings_.problem(draw.place, "it is open, and there is a newer one");
    }
    // A connection that only reads checks no CHECK constraints.
    if (draw.is_drawn && !has_winning_number) {
      findings_.problem(draw.place, "it is drawn, and has no winning number");
    } else if (!draw.is_drawn && has_winning_number) {
      findings_.problem(draw.place, "it is open, and has a winning number");
    }
    check_draw(draw);
  }
  check_bets_outside_batches();
}

void BooksVerification::check_draw(Draw& draw) {
  std::vector<AgencyBooks> agencies = agencies_of(draw);
  check_batches(draw, agencies);
  std::size_t closed = 0;
  for (AgencyBooks& books : agencies) {
    if (books.is_closed) ++closed;
    check_balance(draw, books);
  }
  if (agencies.empty()) findings_.problem(draw.place, "it has no agencies");
  if (!draw.is_drawn && !agencies.empty() && closed == agencies.size()) {
    findings_.problem(draw.place, "all books are closed, and it is not drawn");
  }
  check_winners(draw);
}

std::vector<BooksVerification::AgencyBooks> BooksVerification::agencies_of(const Draw& draw) {
  Statement rows(database_, R"sql(
      SELECT
          agency_id,
          done_at IS NOT NULL,
          bets,
          sha256,
          certificate,
          (
              SELECT group_concat(DISTINCT certificate)
              FROM batches
              WHERE batches.draw_id = agencies.draw_id AND batches.agency_id = agencies.agency_id
          )
      FROM agencies
      WHERE draw_id = ?
      ORDER BY agency_id)sql");
  rows.bind(1, draw.id);
  std::vector<AgencyBooks> agencies;
  while (rows.executeStep()) {
    AgencyBooks& books = agencies.emplace_back();
    books.agency = rows.getColumn(0).getInt64();
    books.place.name = draw.place.name + ", agency " + std::to_string(books.agency);
    books.is_closed = rows.getColumn(1).getInt() != 0;
    if (!rows.getColumn(2).isNull()) books.bets = rows.getColumn(2).getInt64();
    books.sha256 = text_or_null(rows.getColumn(3));
    books.closed_by = text_or_null(rows.getColumn(4));
    books.sent_by = text_or_null(rows.getColumn(5));
    books.batch.number = before_all_numbers;
  }
  return agencies;
}

void BooksVerification::check_batches(Draw& draw, std::vector<AgencyBooks>& agencies) {
  // Each agency's batches are read in the order of their numbers. If that is the order of their
  // bets too, as the service stores them, then the batch with the first bets of all is the next one
  // of some agency.
  using FirstBetAndAgency = std::pair<std::int64_t, std::size_t>;
  std::priority_queue<FirstBetAndAgency, std::vector<FirstBetAndAgency>, std::greater<>> waiting;
  const auto wait = [&](std::size_t agency) {
    if (read_next_batch(draw, agencies[agency])) {
      waiting.emplace(agencies[agency].batch.first_bet_id, agency);
    }
  };
  for (std::size_t agency = 0; agency < agencies.size(); ++agency) wait(agency);
  while (!waiting.empty()) {
    const std::size_t agency = waiting.top().second;
    waiting.pop();
    check_batch(draw, agencies[agency]);
    wait(agency);
  }
}

bool BooksVerification::read_next_batch(const Draw& draw, AgencyBooks& books) {
  next_batch_.reset();
  next_batch_.bind(1, draw.id);
  next_batch_.bind(2, books.agency);
  next_batch_.bind(3, books.batch.number);
  if (!next_batch_.executeStep()) return false;
  books.batch = {.number = next_batch_.getColumn(0).getInt64(),
                 .first_bet_id = next_batch_.getColumn(1).getInt64(),
                 .bets = next_batch_.getColumn(2).getInt64(),
                 .sha256 = text_or_null(next_batch_.getColumn(3))};
  return true;
}

void BooksVerification::check_batch(Draw& draw, AgencyBooks& books) {
  const Batch& batch = books.batch;
  Place place{books.place.name + ", batch " + std::to_string(batch.number)};
  if (batch.number != ++books.batches) {
    findings_.problem(place, "batch " + std::to_string(books.batches) + " is missing");
  }
  books.batches = batch.number;
  if (batch.bets < 1) {
    findings_.problem(place, "it has no bets");
  } else if (batch.first_bet_id < end_of_batches_) {
    findings_.problem(place, "its bets are out of order, or it shares bets with another batch");
  }
  check_bets(draw, books, place);
  end_of_batches_ = std::max(end_of_batches_, batch.end());
  books.place.problems += place.problems;
}

void BooksVerification::check_bets(Draw& draw, AgencyBooks& books, Place& place) {
  const Batch& batch = books.batch;
  BooksBalance balance;
  if (batch.bets > 0) {
    for (scan_.go_to(batch.first_bet_id); scan_.has_bet() && scan_.id() < batch.end();
         scan_.next()) {
      const std::string bet = "bet " + std::to_string(scan_.id());
      balance.add(scan_.bet());
      books.balance.add(scan_.bet());
      if (!is_readable(scan_.bet())) {
        findings_.problem(place, bet + " can't be read back as it was sent");
      }
      if (scan_.draw() != draw.id || scan_.agency() != books.agency) {
        findings_.problem(place, bet + " says that it is another agency's");
      }
      if (draw.is_drawn && scan_.number() == draw.winning_number) {
        winner_.reset();
        winner_.bind(1, draw.id);
        winner_.bind(2, books.agency);
        winner_.bind(3, scan_.id());
        if (!winner_.executeStep()) {
          findings_.problem(draw.winners, bet + " of agency " + std::to_string(books.agency) +
                                              " has won and is not there");
        }
      }
    }
  }
  const Books found = balance.books();
  if (batch.bets > 0 && found.bets != batch.bets) {
    findings_.problem(place, "it has " + counted(batch.bets, "bet") + ", and " +
                                 std::to_string(found.bets) + " of them are there");
  }
  if (found.sha256 != batch.sha256) {
    findings_.problem(place, "its bets are not those that it was stored with");
  }
  batched_bets_ += found.bets;
}

void BooksVerification::check_balance(const Draw& draw, AgencyBooks& books) {
  Place& place = books.place;
  const Books found = books.balance.books();
  if (!books.is_closed) {
    if (books.sha256 || books.bets) {
      findings_.problem(place, "its books are open, and have a balance as if they were closed");
    }
    if (draw.is_drawn) {
      findings_.problem(place, "its draw was drawn, and its books are not closed");
    }
  } else if (!books.sha256 || !books.bets) {
    findings_.problem(place, "its books are closed, and have no balance");
  } else if (found.bets != *books.bets) {
    findings_.problem(place, "its books were closed with " + counted(*books.bets, "bet") +
                                 ", and hold " + std::to_string(found.bets));
  } else if (found.sha256 != *books.sha256) {
    findings_.problem(place, "its books were closed with the SHA-256 " + *books.sha256 +
                                 ", and have " + found.sha256);
  }
  const auto by = [](const char* what, const std::optional<std::string>& certificates) {
    return certificates ? std::string(", ") + what + " by certificate " + *certificates : "";
  };
  findings_.right(place, std::string(books.is_closed ? "closed books" : "open books") + ", " +
                             counted(books.batches, "batch") + ", " + counted(found.bets, "bet") +
                             by("sent", books.sent_by) + by("closed", books.closed_by));
}

void BooksVerification::check_winners(Draw& draw) {
  if (draw.is_drawn &&
      (!std::in_range<std::int32_t>(draw.winning_number) || draw.winning_number < 0)) {
    findings_.problem(draw.winners,
                      std::to_string(draw.winning_number) + " is no number that could be drawn");
  }
  // That every bet which has won is there was checked when the bets were read.
  Statement winners(database_, R"sql(
      SELECT
          agency_id,
          bet_id,
          EXISTS (
              SELECT 1
              FROM bets
              WHERE bets.bet_id = winners.bet_id
                AND bets.draw_id = winners.draw_id
                AND bets.agency_id = winners.agency_id
                AND number = ?2
          )
      FROM winners
      WHERE draw_id = ?1)sql");
  winners.bind(1, draw.id);
  winners.bind(2, draw.winning_number);
  std::int64_t count = 0;
  while (winners.executeStep()) {
    ++count;
    const bool has_won = winners.getColumn(2).getInt() != 0;
    if (draw.is_drawn && has_won) continue;
    findings_.problem(draw.winners,
                      "bet " + winners.getColumn(1).getString() + " of agency " +
                          winners.getColumn(0).getString() +
                          (draw.is_drawn ? " has not won" : " is there before the draw"));
  }
  if (draw.is_drawn) {
    findings_.right(draw.winners,
                    counted(count, "bet") + " on " + std::to_string(draw.winning_number));
  }
}

void BooksVerification::check_bets_outside_batches() {
  Place place{"the bets"};
  scan_.go_to_end();
  if (scan_.bets() != batched_bets_) {
    findings_.problem(place, "there are " + counted(scan_.bets(), "bet") + ", and " +
                                 std::to_string(batched_bets_) + " in batches");
  } else if (scan_.greatest_id() != scan_.bets()) {
    // Ids are given out from 1 on, without a gap, and never again.
    findings_.problem(place, "there are " + counted(scan_.bets(), "bet") +
                                 ", and the last one is bet " +
                                 std::to_string(scan_.greatest_id()));
  }
  findings_.right(place, counted(scan_.bets(), "bet") + ", each in one batch");
}

}  // namespace lottery
