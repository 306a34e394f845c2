#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3_stmt;

namespace lottery {

/// A prepared statement on SQLite itself, for the places that every bet goes through: SQLiteCpp
/// copies each text that it binds, and makes an object of each column that it reads.
///
/// Parameters count from 1 and columns from 0, as in SQLite. Throws SQLite::Exception. Used by
/// whoever may use the connection.
class RawStatement {
 public:
  /// `connection` must outlive this.
  RawStatement(SQLite::Database& connection, const std::string& sql);

  void bind(int parameter, std::int64_t value);

  /// `text` must live until reset().
  void bind(int parameter, std::string_view text);

  void bind_null(int parameter);

  /// Goes to the next row; false where there is none.
  bool step();

  /// Ends this run, and makes ready for the next.
  void reset() noexcept;

  std::int64_t integer(int column) const noexcept;

  /// Lives until the next step() or reset().
  std::string_view text(int column) const noexcept;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };

  void check(int result) const;

  SQLite::Database& connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Makes a statement ready for its next run, however this one ends.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(RawStatement& statement) : statement_(statement) {}
  ~ResetAtEnd() { statement_.reset(); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  RawStatement& statement_;
};

/// Runs a statement that gives no rows.
inline void run(RawStatement& statement) {
  const ResetAtEnd reset(statement);
  statement.step();
}

/// Returns what `read` makes of the statement's first row, or its default value if there is none.
template <typename Read>
auto first_row(RawStatement& statement, Read read) {
  const ResetAtEnd reset(statement);
  decltype(read(statement)) result{};
  if (statement.step()) result = read(statement);
  return result;
}

}  // namespace lottery
