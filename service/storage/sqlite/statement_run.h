#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>

namespace lottery {

/// One run of a prepared statement, with `values` as its parameters. Its end makes the statement
/// ready for the next run, whatever happened. Throws SQLite::Exception.
class StatementRun {
 public:
  template <typename... Values>
  explicit StatementRun(SQLite::Statement& statement, const Values&... values)
      : statement_(statement) {
    SQLite::bind(statement_, values...);
  }
  // What a reset returns is the error of the run, which was thrown already.
  ~StatementRun() { statement_.tryReset(); }
  StatementRun(const StatementRun&) = delete;
  StatementRun& operator=(const StatementRun&) = delete;

  /// Goes to the next row; false if there is none.
  bool next() { return statement_.executeStep(); }

 private:
  SQLite::Statement& statement_;
};

/// Runs a statement that gives no rows.
template <typename... Values>
void run(SQLite::Statement& statement, const Values&... values) {
  StatementRun(statement, values...).next();
}

/// Returns what `read` makes of the first row, or its default value if there is none.
template <typename Read, typename... Values>
auto first_row(SQLite::Statement& statement, Read read, const Values&... values) {
  StatementRun rows(statement, values...);
  decltype(read(statement)) result{};
  if (rows.next()) result = read(statement);
  return result;
}

}  // namespace lottery
