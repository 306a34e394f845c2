#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/bet.h"

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

  /// The bet of a row whose first columns are first_name, last_name, document, birthdate and
  /// number. A number that somebody has changed to one that no bet can have may become -1. Lives
  /// until the next step() or reset().
  Bet bet() const noexcept;

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

}  // namespace lottery
