#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>

namespace lottery {

/// One run of a prepared statement, with `values` as its parameters. The destructor always resets
/// the statement for its next run. Throws SQLite::Exception.
class StatementRun {
 public:
  template <typename... Values>
  explicit StatementRun(SQLite::Statement& statement, const Values&... values)
      : statement_(statement) {
    SQLite::bind(statement_, values...);
  }
  // A reset returns the error of the run, which was already thrown.
  ~StatementRun() { statement_.tryReset(); }
  StatementRun(const StatementRun&) = delete;
  StatementRun& operator=(const StatementRun&) = delete;

  /// Moves to the next row. Returns false if there is none.
  bool next() { return statement_.executeStep(); }

 private:
  SQLite::Statement& statement_;
};

/// Runs a statement that returns no rows.
template <typename... Values>
void run(SQLite::Statement& statement, const Values&... values) {
  StatementRun(statement, values...).next();
}

/// Returns the result of `read` for the first row, or a default value if there is no row.
template <typename Read, typename... Values>
auto first_row(SQLite::Statement& statement, Read read, const Values&... values) {
  StatementRun rows(statement, values...);
  decltype(read(statement)) result{};
  if (rows.next()) result = read(statement);
  return result;
}

}  // namespace lottery
