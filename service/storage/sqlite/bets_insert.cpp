#include "service/storage/sqlite/bets_insert.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <cstddef>
#include <new>
#include <string_view>

#include "service/storage/sqlite/statement_run.h"

namespace lottery {

/// The table `batch` of a connection: it has one row for each bet of the batch that is being
/// stored. It exists without being created, and can only be read from the first row to the last
/// (SQLite, "The Virtual Table Mechanism Of SQLite", 2: eponymous-only virtual tables).
class BetsInsert::BatchTable {
 public:
  explicit BatchTable(SQLite::Database& connection) {
    const int result = sqlite3_create_module(connection.getHandle(), "batch", &module, this);
    if (result != SQLITE_OK) throw SQLite::Exception(connection.getHandle(), result);
  }

  /// Sets the table's rows. They must live as long as the table is read.
  void show(std::span<const Bet> bets) noexcept { bets_ = bets; }

 private:
  enum Column : std::uint8_t { first_name, last_name, document, birthdate, number };

  struct Table : sqlite3_vtab {
    const BatchTable* batch = nullptr;
  };

  struct Cursor : sqlite3_vtab_cursor {
    std::span<const Bet> bets;
    std::size_t row = 0;
  };

  static Cursor& cursor_of(sqlite3_vtab_cursor* cursor) { return *static_cast<Cursor*>(cursor); }

  static int connect(sqlite3* connection, void* batch, int, const char* const*,
                     sqlite3_vtab** table, char**) {
    auto made = std::unique_ptr<Table>(new (std::nothrow) Table);
    if (made == nullptr) return SQLITE_NOMEM;
    made->batch = static_cast<const BatchTable*>(batch);
    const int result = sqlite3_declare_vtab(
        connection, "CREATE TABLE batch (first_name, last_name, document, birthdate, number)");
    if (result == SQLITE_OK) *table = made.release();  // owned by SQLite until disconnect()
    return result;
  }

  static int disconnect(sqlite3_vtab* table) {
    delete static_cast<Table*>(table);
    return SQLITE_OK;
  }

  static int plan(sqlite3_vtab*, sqlite3_index_info*) { return SQLITE_OK; }

  static int open(sqlite3_vtab*, sqlite3_vtab_cursor** cursor) {
    *cursor = new (std::nothrow) Cursor;  // owned by SQLite until close()
    return *cursor == nullptr ? SQLITE_NOMEM : SQLITE_OK;
  }

  static int close(sqlite3_vtab_cursor* cursor) {
    delete static_cast<Cursor*>(cursor);
    return SQLITE_OK;
  }

  static int rewind(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
    cursor_of(cursor).bets = static_cast<const Table*>(cursor->pVtab)->batch->bets_;
    cursor_of(cursor).row = 0;
    return SQLITE_OK;
  }

  static int next(sqlite3_vtab_cursor* cursor) {
    ++cursor_of(cursor).row;
    return SQLITE_OK;
  }

  static int is_at_end(sqlite3_vtab_cursor* cursor) {
    return cursor_of(cursor).row == cursor_of(cursor).bets.size() ? 1 : 0;
  }

  static int column(sqlite3_vtab_cursor* cursor, sqlite3_context* result, int index) {
    const Bet& bet = cursor_of(cursor).bets[cursor_of(cursor).row];
    const auto text = [&](std::string_view value) {
      sqlite3_result_text(result, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
    };
    switch (static_cast<Column>(index)) {
      case first_name:
        text(bet.first_name);
        break;
      case last_name:
        text(bet.last_name);
        break;
      case document:
        text(bet.document);
        break;
      case birthdate:
        text(bet.birthdate);
        break;
      case number:
        sqlite3_result_int64(result, bet.number);
        break;
    }
    return SQLITE_OK;
  }

  static int row_id(sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
    *id = static_cast<sqlite3_int64>(cursor_of(cursor).row);
    return SQLITE_OK;
  }

  static const sqlite3_module module;

  std::span<const Bet> bets_;
};

const sqlite3_module BetsInsert::BatchTable::module = [] {
  sqlite3_module functions{};
  functions.xConnect = connect;
  functions.xBestIndex = plan;
  functions.xDisconnect = disconnect;
  functions.xOpen = open;
  functions.xClose = close;
  functions.xFilter = rewind;
  functions.xNext = next;
  functions.xEof = is_at_end;
  functions.xColumn = column;
  functions.xRowid = row_id;
  return functions;
}();

BetsInsert::BetsInsert(SQLite::Database& connection)
    : connection_(connection),
      batch_(std::make_unique<BatchTable>(connection)),
      // A failure rolls back the transaction anyway. Without OR ROLLBACK, SQLite would copy each
      // page before changing it, in order to undo only this statement.
      statement_(connection, R"sql(
          INSERT OR ROLLBACK INTO bets
              (draw_id, agency_id, first_name, last_name, document, birthdate, number)
          SELECT ?, ?, first_name, last_name, document, birthdate, number
          FROM batch)sql") {}

BetsInsert::~BetsInsert() = default;

std::int64_t BetsInsert::insert(DrawId draw, AgencyId agency, std::span<const Bet> bets) {
  batch_->show(bets);
  run(statement_, draw.value, agency.value);
  // SQLite assigns the greatest id plus one, and only this connection writes.
  return sqlite3_last_insert_rowid(connection_.getHandle()) -
         static_cast<std::int64_t>(bets.size()) + 1;
}

}  // namespace lottery
