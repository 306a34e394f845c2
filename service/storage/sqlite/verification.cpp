#include "service/storage/sqlite/verification.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "protocol/bet.h"
#include "protocol/books.h"
#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/migrations.h"
#include "service/storage/sqlite/raw_statement.h"
#include "text/printable.h"
#include "text/utf8.h"

namespace lottery {
namespace {

using SQLite::Statement;

std::optional<std::string> text_or_null(const SQLite::Column& column) {
  if (column.isNull()) return {};
  return column.getString();
}

/// One check of one database, in one read transaction.
class Verification {
 public:
  Verification(SQLite::Database& database, const std::function<void(const std::string&)>& say)
      : database_(database), say_(say) {}

  bool run() {
    check_integrity();
    check_schema();
    check_draws();
    check_bets_outside_batches();
    check_uploads();
    say_(problems_ == 0 ? "all is right" : count(problems_, "problem") + " found");
    return problems_ == 0;
  }

 private:
  static std::string count(std::int64_t number, const std::string& noun) {
    std::string text = std::to_string(number);
    text += ' ';
    text += noun;
    if (number != 1) text += noun.ends_with("ch") ? "es" : "s";
    return text;
  }

  void problem(const std::string& place, const std::string& what) {
    ++problems_;
    say_(place + ": WRONG: " + what);
  }

  /// Says what was checked at `place`, unless problems have been said since there were `problems`.
  void right(const std::string& place, const std::string& what, std::int64_t problems) {
    if (problems_ == problems) say_(place + ": " + what + ": right");
  }

  void check_integrity() {
    const std::int64_t problems = problems_;
    for (const char* pragma : {"integrity_check", "foreign_key_check"}) {
      Statement check(database_, std::string("PRAGMA ") + pragma);
      while (check.executeStep()) {
        std::string found;
        for (int i = 0; i < check.getColumnCount(); ++i) {
          if (i != 0) found += ' ';
          found += check.getColumn(i).getString();
        }
        if (found != "ok") problem(std::string("SQLite's ") + pragma, found);
      }
    }
    right("the file", "SQLite's integrity_check and foreign_key_check", problems);
  }

  /// The lottery's tables, indexes and views must be as the migrations make them, and nothing may
  /// be there that changes what is written. Tables and views of other people's are theirs.
  void check_schema() {
    const std::int64_t problems = problems_;
    SQLite::Database fresh(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    migrate(fresh, migrations());
    const auto expected = objects_of(fresh);
    const auto found = objects_of(database_);
    for (const auto& [name, sql] : expected) {
      const auto there = found.find(name);
      if (there == found.end()) {
        problem("the schema", "the " + name + " is not there");
      } else if (there->second != sql) {
        problem("the schema", "the " + name + " is another");
      }
    }
    for (const auto& [name, sql] : found) {
      const bool changes_writing = name.starts_with("trigger") || name.starts_with("index");
      if (changes_writing && !expected.contains(name)) {
        problem("the schema", "the " + name + " is not the lottery's");
      }
    }
    right("the schema", count(static_cast<std::int64_t>(expected.size()), "object"), problems);
  }

  /// The SQL of each object, by its type and name.
  static std::map<std::string, std::string> objects_of(SQLite::Database& database) {
    std::map<std::string, std::string> objects;
    Statement query(database, R"sql(
        SELECT type || ' ' || name, sql
        FROM sqlite_schema
        WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\')sql");
    while (query.executeStep()) objects[query.getColumn(0)] = query.getColumn(1).getString();
    return objects;
  }

  void check_draws() {
    Statement draws(database_, R"sql(
        SELECT draw_id, drawn_at IS NOT NULL, winning_number, lead(draw_id) OVER (ORDER BY draw_id)
        FROM draws
        ORDER BY draw_id)sql");
    std::int64_t expected = 0;
    while (draws.executeStep()) {
      const std::int64_t draw = draws.getColumn(0).getInt64();
      const bool is_drawn = draws.getColumn(1).getInt() != 0;
      const bool is_newest = draws.getColumn(3).isNull();
      const std::string place = "draw " + std::to_string(draw);
      if (draw != ++expected) problem(place, "draw " + std::to_string(expected) + " is missing");
      expected = draw;
      if (!is_drawn && !is_newest) problem(place, "it is open, and there is a newer one");

      const Agencies agencies = check_agencies(draw, is_drawn);
      if (agencies.all == 0) problem(place, "it has no agencies");
      if (!is_drawn && agencies.all != 0 && agencies.closed == agencies.all) {
        problem(place, "all books are closed, and it is not drawn");
      }
      if (is_drawn) {
        check_winners(draw, draws.getColumn(2).getInt64());
      } else {
        check_that_nobody_has_won(draw);
      }
    }
  }

  struct Agencies {
    int all = 0;
    int closed = 0;
  };

  Agencies check_agencies(std::int64_t draw, bool is_drawn) {
    Statement agencies(database_, R"sql(
        SELECT agency_id, done_at IS NOT NULL, bets, sha256
        FROM agencies
        WHERE draw_id = ?
        ORDER BY agency_id)sql");
    agencies.bind(1, draw);
    Agencies found;
    while (agencies.executeStep()) {
      ++found.all;
      if (agencies.getColumn(1).getInt() != 0) ++found.closed;
      check_books(draw, is_drawn, agencies);
    }
    return found;
  }

  /// `row` is that of check_agencies' query.
  void check_books(std::int64_t draw, bool is_drawn, Statement& row) {
    const std::int64_t agency = row.getColumn(0).getInt64();
    const bool is_closed = row.getColumn(1).getInt() != 0;
    const std::string place = "draw " + std::to_string(draw) + ", agency " + std::to_string(agency);
    const std::int64_t problems = problems_;

    BooksBalance balance;
    const std::int64_t batches = check_batches(draw, agency, place, balance);
    const Books found = balance.books();
    const auto sha256 = text_or_null(row.getColumn(3));
    const bool has_balance = sha256 && !row.getColumn(2).isNull();
    if (is_closed && !has_balance) problem(place, "its books are closed, and have no balance");
    if (!is_closed && (sha256 || !row.getColumn(2).isNull())) {
      problem(place, "its books are open, and have a balance as if they were closed");
    }
    if (is_drawn && !is_closed) problem(place, "its draw was drawn, and its books are not closed");
    if (is_closed && has_balance) {
      const std::int64_t bets = row.getColumn(2).getInt64();
      if (found.bets != bets) {
        problem(place, "its books were closed with " + count(bets, "bet") + ", and hold " +
                           std::to_string(found.bets));
      } else if (found.sha256 != *sha256) {
        problem(place,
                "its books were closed with the SHA-256 " + *sha256 + ", and have " + found.sha256);
      }
    }
    right(place,
          std::string(is_closed ? "closed books" : "open books") + ", " + count(batches, "batch") +
              ", " + count(found.bets, "bet"),
          problems);
  }

  /// Adds every bet of the agency's batches to `balance`. Returns how many batches there are.
  std::int64_t check_batches(std::int64_t draw, std::int64_t agency, const std::string& place,
                             BooksBalance& balance) {
    Statement batches(database_, R"sql(
        SELECT batch_number, first_bet_id, bets, sha256
        FROM batches
        WHERE draw_id = ? AND agency_id = ?
        ORDER BY batch_number)sql");
    batches.bind(1, draw);
    batches.bind(2, agency);
    std::int64_t expected = 0;
    while (batches.executeStep()) {
      const std::int64_t number = batches.getColumn(0).getInt64();
      const std::int64_t bets = batches.getColumn(2).getInt64();
      const std::string batch_place = place + ", batch " + std::to_string(number);
      if (number != ++expected)
        problem(batch_place, "batch " + std::to_string(expected) + " is missing");
      expected = number;

      BooksBalance of_batch;
      check_bets(draw, agency, batches.getColumn(1).getInt64(), bets, batch_place, of_batch,
                 balance);
      if (bets < 1) problem(batch_place, "it has no bets");
      if (of_batch.books().sha256 != text_or_null(batches.getColumn(3))) {
        problem(batch_place, "its bets are not those that it was stored with");
      }
    }
    return expected;
  }

  /// Checks the bets of a batch, and adds them to both balances: the batch's and its agency's.
  void check_bets(std::int64_t draw, std::int64_t agency, std::int64_t first_bet_id,
                  std::int64_t bets, const std::string& place, BooksBalance& of_batch,
                  BooksBalance& of_agency) {
    RawStatement rows(database_, R"sql(
        SELECT first_name, last_name, document, birthdate, number, draw_id, agency_id, bet_id
        FROM bets
        WHERE bet_id >= ?1 AND bet_id < ?1 + ?2
        ORDER BY bet_id)sql");
    rows.bind(1, first_bet_id);
    rows.bind(2, bets);
    std::int64_t found = 0;
    while (rows.step()) {
      ++found;
      of_batch.add(rows.bet());
      of_agency.add(rows.bet());
      if (!is_valid(rows.bet())) {
        problem(place, "bet " + std::to_string(rows.integer(7)) + " is none that could be stored");
      }
      if (rows.integer(5) != draw || rows.integer(6) != agency) {
        problem(place,
                "bet " + std::to_string(rows.integer(7)) + " says that it is another agency's");
      }
    }
    if (found != bets) {
      problem(place, "it has " + count(bets, "bet") + ", and " + std::to_string(found) +
                         " of them are there");
    }
    batched_bets_ += found;
  }

  /// False where a field holds what none may: a line end would make two bets' lines of one bet.
  static bool is_valid(const Bet& bet) {
    std::string line;
    append_bet(line, bet);
    line.pop_back();
    if (!is_utf8(line)) return false;
    const auto parsed = parse_bet(line);
    const auto* const valid = std::get_if<Bet>(&parsed);
    return valid != nullptr && *valid == bet;
  }

  void check_bets_outside_batches() {
    const std::int64_t problems = problems_;
    const std::int64_t greatest =
        database_.execAndGet("SELECT coalesce(max(bet_id), 0) FROM bets").getInt64();
    const std::int64_t bets = database_.execAndGet("SELECT count(*) FROM bets").getInt64();
    if (bets != batched_bets_) {
      problem("the bets", "there are " + count(bets, "bet") + ", and " +
                              std::to_string(batched_bets_) + " in batches");
    }
    // Ids are given out from 1 on, without a gap, and never again.
    if (bets == batched_bets_ && greatest != bets) {
      problem("the bets", "there are " + count(bets, "bet") + ", and the last one is bet " +
                              std::to_string(greatest));
    }
    Statement overlaps(database_, R"sql(
        SELECT draw_id, agency_id, batch_number
        FROM (SELECT *, lead(first_bet_id) OVER (ORDER BY first_bet_id) AS next_first_bet_id
              FROM batches)
        WHERE first_bet_id + bets > next_first_bet_id)sql");
    while (overlaps.executeStep()) {
      problem("draw " + overlaps.getColumn(0).getString() + ", agency " +
                  overlaps.getColumn(1).getString() + ", batch " +
                  overlaps.getColumn(2).getString(),
              "it shares bets with another batch");
    }
    right("the bets", count(bets, "bet") + ", each in one batch", problems);
  }

  /// Each upload must be in the draw of its batches, and only those that have batches may be there.
  void check_uploads() {
    const std::int64_t problems = problems_;
    Statement differences(database_, R"sql(
        WITH used AS (SELECT DISTINCT agency_id, upload, draw_id
                      FROM batches
                      WHERE upload IS NOT NULL),
             known AS (SELECT agency_id, upload, draw_id FROM uploads)
        SELECT 'has no batch', * FROM (SELECT * FROM known EXCEPT SELECT * FROM used)
        UNION ALL
        SELECT 'has batches and is not there', *
        FROM (SELECT * FROM used EXCEPT SELECT * FROM known))sql");
    while (differences.executeStep()) {
      problem("draw " + differences.getColumn(3).getString() + ", agency " +
                  differences.getColumn(1).getString(),
              "the upload " + in_quotes(differences.getColumn(2).getString()) + " " +
                  differences.getColumn(0).getString());
    }
    const std::int64_t uploads = database_.execAndGet("SELECT count(*) FROM uploads").getInt64();
    right("the uploads", count(uploads, "upload") + ", each in the draw of its batches", problems);
  }

  void check_that_nobody_has_won(std::int64_t draw) {
    Statement winners(database_, "SELECT bet_id, agency_id FROM winners WHERE draw_id = ?");
    winners.bind(1, draw);
    while (winners.executeStep()) {
      problem("draw " + std::to_string(draw) + ", winners",
              "bet " + winners.getColumn(0).getString() + " of agency " +
                  winners.getColumn(1).getString() + " is there before the draw");
    }
  }

  void check_winners(std::int64_t draw, std::int64_t winning_number) {
    const std::string place = "draw " + std::to_string(draw) + ", winners";
    const std::int64_t problems = problems_;
    if (!std::in_range<std::int32_t>(winning_number) || winning_number < 0) {
      problem(place, std::to_string(winning_number) + " is no number that could be drawn");
    }
    // Both ways: a winner that did not win, and a bet that won and is no winner.
    Statement differences(database_, R"sql(
        WITH
            due AS (SELECT agency_id, bet_id FROM bets WHERE draw_id = ?1 AND number = ?2),
            told AS (SELECT agency_id, bet_id FROM winners WHERE draw_id = ?1)
        SELECT 'has not won', * FROM (SELECT * FROM told EXCEPT SELECT * FROM due)
        UNION ALL
        SELECT 'has won and is not there', * FROM (SELECT * FROM due EXCEPT SELECT * FROM told))sql");
    differences.bind(1, draw);
    differences.bind(2, winning_number);
    while (differences.executeStep()) {
      problem(place, "bet " + differences.getColumn(2).getString() + " of agency " +
                         differences.getColumn(1).getString() + " " +
                         differences.getColumn(0).getString());
    }
    Statement winners(database_, "SELECT count(*) FROM winners WHERE draw_id = ?");
    winners.bind(1, draw);
    winners.executeStep();
    right(place,
          count(winners.getColumn(0).getInt64(), "bet") + " on " + std::to_string(winning_number),
          problems);
  }

  SQLite::Database& database_;
  const std::function<void(const std::string&)>& say_;
  std::int64_t problems_ = 0;
  std::int64_t batched_bets_ = 0;
};

}  // namespace

bool verify_database(const std::filesystem::path& path,
                     const std::function<void(const std::string&)>& say) {
  return with_database_errors(path, [&] {
    SQLite::Database database = open_to_read(path);
    database.exec("BEGIN");  // one state of the database for all that follows
    return Verification(database, say).run();
  });
}

}  // namespace lottery
