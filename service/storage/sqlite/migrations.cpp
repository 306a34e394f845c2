#include "service/storage/sqlite/migrations.h"

#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/books.h"

namespace lottery {
namespace {

/// SQL's lines_sha256(first_name, last_name, document, birthdate, number): the SHA-256 of the lines
/// of all bets that it is called with, in their order.
class LinesSha256 {
 public:
  static void add_to(SQLite::Database& database) {
    constexpr int arguments = 5;
    database.createFunction("lines_sha256", arguments, true, nullptr, nullptr, step, final,
                            nullptr);
  }

 private:
  /// What SQLite keeps for each use of the function, all zeros at first.
  struct State {
    BooksBalance* balance;
  };

  static BooksBalance*& balance_of(sqlite3_context* context) {
    return static_cast<State*>(sqlite3_aggregate_context(context, sizeof(State)))->balance;
  }

  static void step(sqlite3_context* context, int /*arguments*/, sqlite3_value** values) {
    const auto text = [&](int argument) {
      const auto* const begin = reinterpret_cast<const char*>(sqlite3_value_text(values[argument]));
      return std::string_view(begin,
                              static_cast<std::size_t>(sqlite3_value_bytes(values[argument])));
    };
    try {
      BooksBalance*& balance = balance_of(context);
      if (balance == nullptr) balance = new BooksBalance;  // until final()
      balance->add({.first_name = text(0),
                    .last_name = text(1),
                    .document = text(2),
                    .birthdate = text(3),
                    .number = sqlite3_value_int(values[4])});
    } catch (const std::exception& error) {
      sqlite3_result_error(context, error.what(), -1);
    }
  }

  static void final(sqlite3_context* context) {
    try {
      const std::unique_ptr<BooksBalance> balance(balance_of(context));
      const Books books = balance ? balance->books() : BooksBalance().books();
      const std::string& sha256 = books.sha256;
      sqlite3_result_text(context, sha256.data(), static_cast<int>(sha256.size()),
                          SQLITE_TRANSIENT);
    } catch (const std::exception& error) {
      sqlite3_result_error(context, error.what(), -1);
    }
  }
};

}  // namespace

void migrate(SQLite::Database& database, std::span<const Migration> steps) {
  LinesSha256::add_to(database);
  const std::int32_t had = database.execAndGet("PRAGMA user_version").getInt();
  for (const Migration& step : steps) {
    if (step.version <= had) continue;
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    database.exec(std::string(step.sql));
    database.exec("PRAGMA user_version = " + std::to_string(step.version));
    transaction.commit();
  }
}

}  // namespace lottery
