#include "service/storage/books_verification.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "protocol/bet.h"
#include "protocol/books.h"
#include "service/storage/batches_in_order.h"
#include "text/printable.h"
#include "text/utf8.h"

namespace lottery {
namespace {

/// True if `bet` can be read back as it was sent. For example, a line end inside a field would turn
/// one bet's line into two.
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

struct BooksVerification::AgencyBooks {
  Place place{};
  AgencyRow row{};
  BooksBalance balance{};    // of the batches read so far
  std::int64_t batches = 0;  // number of the last batch read
  std::int64_t end = 1;      // one past the last bet id of its batches so far
};

struct BooksVerification::Draw {
  Place place{};
  Place winners{};
  std::int64_t id = 0;
  bool is_drawn = false;
  std::int64_t winning_number = 0;
};

void BooksVerification::run() {
  const std::vector<DrawRow> draws = rows_.draws();
  std::int64_t expected = 0;
  for (const DrawRow& row : draws) {
    Draw draw;
    draw.id = row.draw_id;
    draw.place.name = "draw " + std::to_string(draw.id);
    draw.winners.name = draw.place.name + ", winners";
    draw.is_drawn = row.drawn_at.has_value();
    draw.winning_number = row.winning_number.value_or(0);
    if (draw.id != ++expected) {
      findings_.problem(draw.place, "draw " + std::to_string(expected) + " is missing");
    }
    expected = draw.id;
    if (!draw.is_drawn && &row != &draws.back()) {
      findings_.problem(draw.place, "it is open, but there is a newer draw");
    }
    // A read-only SQLite connection does not check CHECK constraints.
    if (draw.is_drawn && !row.winning_number) {
      findings_.problem(draw.place, "it is drawn, but has no winning number");
    } else if (!draw.is_drawn && row.winning_number) {
      findings_.problem(draw.place, "it is open, but has a winning number");
    }
    check_draw(draw);
  }
  check_bets_outside_batches();
}

void BooksVerification::check_draw(Draw& draw) {
  const std::vector<AgencyRow> rows = rows_.agencies_of(draw.id);
  std::vector<AgencyBooks> agencies(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    agencies[i].row = rows[i];
    agencies[i].place.name = draw.place.name + ", agency " + std::to_string(rows[i].agency_id);
  }
  each_batch_in_order(rows_, draw.id, rows, [&](std::size_t agency, const BatchRow& batch) {
    check_batch(draw, agencies[agency], batch);
  });
  std::size_t closed = 0;
  for (AgencyBooks& books : agencies) {
    if (books.row.done_at) ++closed;
    check_balance(draw, books);
  }
  if (agencies.empty()) findings_.problem(draw.place, "it has no agencies");
  if (!draw.is_drawn && !agencies.empty() && closed == agencies.size()) {
    findings_.problem(draw.place, "all books are closed, but it is not drawn");
  }
  check_winners(draw);
}

void BooksVerification::check_batch(Draw& draw, AgencyBooks& books, const BatchRow& batch) {
  Place place{books.place.name + ", batch " + std::to_string(batch.batch_number)};
  if (batch.batch_number != ++books.batches) {
    findings_.problem(place, "batch " + std::to_string(books.batches) + " is missing");
  }
  books.batches = batch.batch_number;
  std::int64_t& end = rows_.bet_ids() == BetIds::of_the_ledger ? end_of_batches_ : books.end;
  if (batch.bets < 1) {
    findings_.problem(place, "it has no bets");
  } else if (batch.first_bet_id < end) {
    findings_.problem(place, "its bets are out of order, or it shares bets with another batch");
  }
  check_bets(draw, books, batch, place);
  end = std::max(end, batch.end());
  books.place.problems += place.problems;
}

void BooksVerification::check_bets(Draw& draw, AgencyBooks& books, const BatchRow& batch,
                                   Place& place) {
  BooksBalance balance;
  const auto check = [&](const BetRow& row) {
    const std::string bet = "bet " + std::to_string(row.bet_id);
    balance.add(row.bet);
    books.balance.add(row.bet);
    if (!is_readable(row.bet)) {
      findings_.problem(place, bet + " can't be read back as it was sent");
    }
    if (row.draw_id != draw.id || row.agency_id != books.row.agency_id) {
      findings_.problem(place, bet + " is recorded for another agency or draw");
    }
    if (draw.is_drawn && row.number == draw.winning_number &&
        !rows_.is_winner(draw.id, books.row.agency_id, row.bet_id)) {
      findings_.problem(draw.winners, bet + " of agency " + std::to_string(books.row.agency_id) +
                                          " has won, but is not among the winners");
    }
  };
  if (batch.bets > 0) rows_.each_bet(draw.id, books.row.agency_id, batch, check);
  const Books found = balance.books();
  if (batch.bets > 0 && found.bets != batch.bets) {
    findings_.problem(place, "it should have " + counted(batch.bets, "bet") + ", but has " +
                                 std::to_string(found.bets));
  }
  if (found.sha256 != batch.sha256) {
    findings_.problem(place, "its bets differ from those that it was stored with");
  }
  batched_bets_ += found.bets;
}

void BooksVerification::check_balance(const Draw& draw, AgencyBooks& books) {
  Place& place = books.place;
  const AgencyRow& row = books.row;
  const Books found = books.balance.books();
  const bool is_closed = row.done_at.has_value();
  if (!is_closed) {
    if (row.sha256 || row.bets) {
      findings_.problem(place, "its books are open, but have the balance of closed books");
    }
    if (draw.is_drawn) {
      findings_.problem(place, "its draw was drawn, but its books are open");
    }
  } else if (!row.sha256 || !row.bets) {
    findings_.problem(place, "its books are closed, but have no balance");
  } else if (found.bets != *row.bets) {
    findings_.problem(place, "its books were closed with " + counted(*row.bets, "bet") +
                                 ", but hold " + std::to_string(found.bets));
  } else if (found.sha256 != *row.sha256) {
    findings_.problem(place, "its books were closed with the SHA-256 " + *row.sha256 +
                                 ", but have " + found.sha256);
  }
  if (rows_.bet_ids() == BetIds::of_each_agency && books.end - 1 != found.bets) {
    // Ids are assigned from 1 without gaps.
    findings_.problem(place, "there are " + counted(found.bets, "bet") +
                                 ", but the last one is bet " + std::to_string(books.end - 1));
  }
  const auto by = [](const char* what, const std::optional<std::string>& certificates) {
    return certificates ? std::string(", ") + what + " by certificate " + *certificates : "";
  };
  findings_.right(place, std::string(is_closed ? "closed books" : "open books") + ", " +
                             counted(books.batches, "batch") + ", " + counted(found.bets, "bet") +
                             by("sent", rows_.senders_of(draw.id, row.agency_id)) +
                             by("closed", row.certificate));
}

void BooksVerification::check_winners(Draw& draw) {
  if (draw.is_drawn &&
      (!std::in_range<std::int32_t>(draw.winning_number) || draw.winning_number < 0)) {
    findings_.problem(draw.winners,
                      std::to_string(draw.winning_number) + " is not a number that can be drawn");
  }
  // Whether every winning bet is in `winners` was checked while the bets were read.
  const std::int64_t count = rows_.check_winners(
      draw.id, draw.winning_number, [&](std::int64_t agency_id, std::int64_t bet_id, bool has_won) {
        if (draw.is_drawn && has_won) return;
        findings_.problem(draw.winners,
                          "bet " + std::to_string(bet_id) + " of agency " +
                              std::to_string(agency_id) +
                              (draw.is_drawn ? " is among the winners, but has not won"
                                             : " is among the winners before the draw"));
      });
  if (draw.is_drawn) {
    findings_.right(draw.winners,
                    counted(count, "bet") + " on " + std::to_string(draw.winning_number));
  }
}

void BooksVerification::check_bets_outside_batches() {
  Place place{"the bets"};
  const std::int64_t bets = rows_.count_bets();
  if (bets != batched_bets_) {
    findings_.problem(place, "there are " + counted(bets, "bet") + ", but " +
                                 std::to_string(batched_bets_) + " in batches");
  } else if (rows_.bet_ids() == BetIds::of_the_ledger && rows_.greatest_bet_id() != bets) {
    // Ids are assigned from 1 without gaps, and never reused.
    findings_.problem(place, "there are " + counted(bets, "bet") + ", but the last one is bet " +
                                 std::to_string(rows_.greatest_bet_id()));
  }
  findings_.right(place, counted(bets, "bet") + ", each in one batch");
}

void check_uploads(StoredRows& rows, Findings& findings) {
  Place uploads{"the uploads"};
  rows.each_wrong_upload([&](const UploadRow& row, bool has_batch) {
    findings.problem(uploads,
                     "the upload " + in_quotes(row.upload) + " of agency " +
                         std::to_string(row.agency_id) + " in draw " + std::to_string(row.draw_id) +
                         (has_batch ? " has batches, but no row of its own" : " has no batch"));
  });
  std::int64_t count = 0;
  rows.each_upload([&](const UploadRow&) { ++count; });
  findings.right(uploads, counted(count, "upload") + ", each in the draw of its batches");
}

}  // namespace lottery
