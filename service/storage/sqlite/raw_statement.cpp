#include "service/storage/sqlite/raw_statement.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <cstddef>

namespace lottery {
void RawStatement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

RawStatement::RawStatement(SQLite::Database& connection, const std::string& sql)
    : connection_(connection) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v3(connection_.getHandle(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT,
                           &statement, nullptr));
  statement_.reset(statement);
}

void RawStatement::bind(int parameter, std::int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), parameter, value));
}

void RawStatement::bind(int parameter, std::string_view text) {
  check(sqlite3_bind_text(statement_.get(), parameter, text.data(), static_cast<int>(text.size()),
                          SQLITE_STATIC));
}

void RawStatement::bind_null(int parameter) {
  check(sqlite3_bind_null(statement_.get(), parameter));
}

bool RawStatement::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) check(result);
  return false;
}

// What SQLite's own reset returns is the error of the run before it, which was thrown already.
void RawStatement::reset() noexcept { sqlite3_reset(statement_.get()); }

std::int64_t RawStatement::integer(int column) const noexcept {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view RawStatement::text(int column) const noexcept {
  const auto* const begin =
      reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return {begin, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void RawStatement::check(int result) const {
  if (result != SQLITE_OK) throw SQLite::Exception(connection_.getHandle(), result);
}

}  // namespace lottery
