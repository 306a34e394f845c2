// What the lottery is measured against: SQLite alone, in a loop. One connection, one transaction
// per batch, synchronous=FULL, statements prepared once, nothing parsed and nothing sent while the
// clock runs. Usage:
//
//   bare_loop DATABASE BETS_FOLDER BETS BATCH ROWS
//
// stores BETS bets, those of BETS_FOLDER over and over, in batches of BATCH in a new DATABASE, ROWS
// of them with one INSERT: 1 is the loop that everybody writes. Prints: bets a second; then the
// median, the mean and the 99th percentile of the seconds that one transaction takes, from BEGIN to
// the end of COMMIT.

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/bet_lines.h"

namespace {

using std::chrono::steady_clock;

struct Row {
  std::array<std::string_view, 4> texts;
  int number = 0;
};

sqlite3* database = nullptr;

void check(int result) {
  if (result != SQLITE_OK && result != SQLITE_DONE && result != SQLITE_ROW) {
    throw std::runtime_error(sqlite3_errmsg(database));
  }
}

void execute(const char* sql) { check(sqlite3_exec(database, sql, nullptr, nullptr, nullptr)); }

sqlite3_stmt* prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(database, sql, -1, &statement, nullptr));
  return statement;
}

void run(sqlite3_stmt* statement) {
  check(sqlite3_step(statement));
  check(sqlite3_reset(statement));
}

Row parse(const std::string& line) {
  Row row;
  std::string_view rest = line;
  for (std::string_view& text : row.texts) {
    text = rest.substr(0, rest.find(','));
    rest.remove_prefix(text.size() + 1);
  }
  row.number = std::atoi(rest.data());
  return row;
}

double seconds_between(steady_clock::time_point begin, steady_clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

int measure(const std::string& path, const std::vector<std::string>& lines, std::size_t bets,
            std::size_t batch, std::size_t rows_at_once) {
  if (batch % rows_at_once != 0 || bets % rows_at_once != 0) {
    throw std::runtime_error("BETS and BATCH must be multiples of ROWS");
  }
  std::vector<Row> rows;
  rows.reserve(lines.size());
  for (const std::string& line : lines) rows.push_back(parse(line));

  check(sqlite3_open(path.c_str(), &database));
  execute("PRAGMA journal_mode = WAL");
  execute("PRAGMA synchronous = FULL");
  execute(
      "CREATE TABLE bets (bet_id INTEGER PRIMARY KEY, draw_id INTEGER NOT NULL, agency_id INTEGER "
      "NOT NULL, first_name TEXT NOT NULL, last_name TEXT NOT NULL, document TEXT NOT NULL, "
      "birthdate TEXT NOT NULL, number INTEGER NOT NULL) STRICT");
  sqlite3_stmt* const begin = prepare("BEGIN IMMEDIATE");
  sqlite3_stmt* const commit = prepare("COMMIT");
  std::string sql =
      "INSERT INTO bets (draw_id, agency_id, first_name, last_name, document, birthdate, number) "
      "VALUES (1, 1, ?, ?, ?, ?, ?)";
  for (std::size_t i = 1; i < rows_at_once; ++i) sql += ", (1, 1, ?, ?, ?, ?, ?)";
  sqlite3_stmt* const insert = prepare(sql.c_str());

  std::vector<double> transactions;
  const auto started_at = steady_clock::now();
  for (std::size_t stored = 0; stored < bets;) {
    const auto begun_at = steady_clock::now();
    run(begin);
    const std::size_t end = std::min(bets, stored + batch);
    while (stored < end) {
      int parameter = 1;
      for (std::size_t i = 0; i < rows_at_once; ++i, ++stored) {
        const Row& row = rows[stored % rows.size()];
        for (const std::string_view text : row.texts) {
          check(sqlite3_bind_text(insert, parameter++, text.data(), static_cast<int>(text.size()),
                                  SQLITE_STATIC));
        }
        check(sqlite3_bind_int(insert, parameter++, row.number));
      }
      run(insert);
    }
    run(commit);
    transactions.push_back(seconds_between(begun_at, steady_clock::now()));
  }
  const double seconds = seconds_between(started_at, steady_clock::now());

  for (sqlite3_stmt* const statement : {begin, commit, insert}) sqlite3_finalize(statement);
  check(sqlite3_close(database));
  std::sort(transactions.begin(), transactions.end());
  const auto count = static_cast<double>(transactions.size());
  std::printf("%.0f %.9f %.9f %.9f\n", static_cast<double>(bets) / seconds,
              transactions[transactions.size() / 2],
              std::accumulate(transactions.begin(), transactions.end(), 0.0) / count,
              transactions[transactions.size() * 99 / 100]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: bare_loop DATABASE BETS_FOLDER BETS BATCH ROWS\n");
    return 1;
  }
  try {
    if (std::filesystem::exists(argv[1])) throw std::runtime_error("the database exists already");
    return measure(argv[1], lottery::benchmark::read_bet_lines(argv[2]), std::stoul(argv[3]),
                   std::stoul(argv[4]), std::stoul(argv[5]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bare_loop: %s\n", error.what());
    return 1;
  }
}
