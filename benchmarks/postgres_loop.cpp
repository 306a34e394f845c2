// The same batches through PostgreSQL: clients on connections of their own, each batch one COPY or
// one INSERT of many rows, which is one transaction, with synchronous_commit=on. Usage:
//
//   postgres_loop CONNECTION BETS_FOLDER BETS BATCH CLIENTS copy|insert
//
// CONNECTION is a libpq connection string. Makes the table anew, and prints bets a second.

#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "benchmarks/bet_lines.h"

namespace {

using std::chrono::steady_clock;

class Client {
 public:
  explicit Client(const std::string& connection)
      : connection_(PQconnectdb(connection.c_str()), PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) fail();
    run("SET synchronous_commit = on", PGRES_COMMAND_OK);
  }

  void run(const char* sql, ExecStatusType expected) {
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection_.get(), sql),
                                                                PQclear);
    if (PQresultStatus(result.get()) != expected) fail();
  }

  /// Inserts bets, each with `head` before its line: its draw and agency.
  void insert(const std::string& head, const std::vector<std::string_view>& lines) {
    std::string sql =
        "INSERT INTO bets (draw_id, agency_id, first_name, last_name, document, birthdate, number) "
        "VALUES ";
    for (const std::string_view line : lines) {
      if (!sql.ends_with(' ')) sql += ',';
      sql += '(';
      sql += head;
      sql += '\'';
      for (const char character : line) {
        if (character == ',') {
          sql += "','";
          continue;
        }
        if (character == '\'') sql += '\'';
        sql += character;
      }
      sql += "')";
    }
    run(sql.c_str(), PGRES_COMMAND_OK);
  }

  void copy(const std::string& head, const std::vector<std::string_view>& lines) {
    std::string rows;
    for (const std::string_view line : lines) {
      rows += head;
      rows += line;
      rows += '\n';
    }
    run("COPY bets (draw_id, agency_id, first_name, last_name, document, birthdate, number) "
        "FROM STDIN (FORMAT csv)",
        PGRES_COPY_IN);
    if (PQputCopyData(connection_.get(), rows.data(), static_cast<int>(rows.size())) != 1) fail();
    if (PQputCopyEnd(connection_.get(), nullptr) != 1) fail();
    while (PGresult* result = PQgetResult(connection_.get())) {
      const bool is_right = PQresultStatus(result) == PGRES_COMMAND_OK;
      PQclear(result);
      if (!is_right) fail();
    }
  }

 private:
  [[noreturn]] void fail() const { throw std::runtime_error(PQerrorMessage(connection_.get())); }

  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view way = argc == 7 ? argv[6] : "";
  if (way != "copy" && way != "insert") {
    std::fprintf(stderr,
                 "usage: postgres_loop CONNECTION BETS_FOLDER BETS BATCH CLIENTS copy|insert\n");
    return 1;
  }
  try {
    const std::string connection = argv[1];
    const auto lines = lottery::benchmark::read_bet_lines(argv[2]);
    const std::size_t bets = std::stoul(argv[3]);
    const std::size_t batch = std::stoul(argv[4]);
    const std::size_t clients = std::stoul(argv[5]);
    const bool inserts = way == "insert";
    Client setup(connection);
    setup.run("DROP TABLE IF EXISTS bets", PGRES_COMMAND_OK);
    setup.run(
        "CREATE TABLE bets (bet_id BIGSERIAL PRIMARY KEY, draw_id INTEGER NOT NULL, agency_id "
        "INTEGER NOT NULL, first_name TEXT NOT NULL, last_name TEXT NOT NULL, document TEXT NOT "
        "NULL, birthdate TEXT NOT NULL, number INTEGER NOT NULL)",
        PGRES_COMMAND_OK);

    std::vector<std::string> problems(clients);
    std::vector<std::thread> threads;
    const auto started_at = steady_clock::now();
    for (std::size_t agency = 0; agency < clients; ++agency) {
      threads.emplace_back([&, agency] {
        try {
          Client client(connection);
          const std::string head = "1," + std::to_string(agency + 1) + ",";
          std::vector<std::string_view> rows;
          for (std::size_t sent = 0; sent < bets / clients;) {
            rows.clear();
            const std::size_t end = std::min(bets / clients, sent + batch);
            for (; sent < end; ++sent) rows.push_back(lines[sent % lines.size()]);
            if (inserts) {
              client.insert(head, rows);
            } else {
              client.copy(head, rows);
            }
          }
        } catch (const std::exception& error) {
          problems[agency] = error.what();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    const double seconds = std::chrono::duration<double>(steady_clock::now() - started_at).count();
    for (const std::string& problem : problems) {
      if (!problem.empty()) throw std::runtime_error(problem);
    }
    // Nothing of this may be left to be written while others are measured.
    setup.run("DROP TABLE bets", PGRES_COMMAND_OK);
    setup.run("CHECKPOINT", PGRES_COMMAND_OK);
    const std::size_t stored = bets / clients * clients;
    std::printf("%.0f\n", static_cast<double>(stored) / seconds);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "postgres_loop: %s\n", error.what());
    return 1;
  }
}
