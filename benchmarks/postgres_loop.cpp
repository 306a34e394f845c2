// The same batches through PostgreSQL: clients on connections of their own, with
// synchronous_commit=on. With copy and insert, a batch is one COPY or one INSERT of many rows. With
// transaction, it is what the lottery's ledger needs at least: the agency's row is locked, and a
// batch row and the bets, as arrays, are inserted, in prepared statements and one round trip
// (pipeline mode). Usage:
//
//   postgres_loop CONNECTION BETS_FOLDER BETS BATCH CLIENTS copy|insert|transaction
//
// CONNECTION is a libpq connection string. Makes the table anew, and prints bets a second.

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
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

  /// For store(), which is all that may be called from then on.
  void prepare() {
    prepare("begin", "BEGIN");
    prepare("lock", "SELECT 1 FROM agencies WHERE agency_id = $1::integer FOR UPDATE");
    prepare("batch",
            "INSERT INTO batches (agency_id, batch_number, bets) "
            "VALUES ($1::integer, $2::bigint, $3::bigint)");
    prepare("bets", R"sql(
        INSERT INTO bets (draw_id, agency_id, bet_id, first_name, last_name, document, birthdate,
                          number)
        SELECT 1, $1::integer, $2::bigint + place, first_name, last_name, document, birthdate, number
        FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::integer[])
             WITH ORDINALITY AS
             bet (first_name, last_name, document, birthdate, number, place))sql");
    prepare("commit", "COMMIT");
    if (PQenterPipelineMode(connection_.get()) != 1) fail();
  }

  /// Stores a batch of the agency, whose first bet is the one after `stored` others.
  void store(const std::string& agency, std::size_t batch, std::size_t stored,
             const std::vector<std::string_view>& lines) {
    std::array<std::string, 4> texts;
    for (std::string& array : texts) array = array_of(text_type, lines.size());
    std::string numbers = array_of(number_type, lines.size());
    for (std::string_view line : lines) {
      for (std::string& array : texts) {
        const std::size_t comma = line.find(',');
        append(array, static_cast<std::uint32_t>(comma));
        array += line.substr(0, comma);
        line.remove_prefix(comma + 1);
      }
      std::uint32_t number = 0;
      std::from_chars(line.data(), line.data() + line.size(), number);
      append(numbers, sizeof number);
      append(numbers, number);
    }
    send("begin", {}, 0);
    send("lock", {agency}, 0);
    send("batch", {agency, std::to_string(batch), std::to_string(lines.size())}, 0);
    send("bets", {agency, std::to_string(stored), texts[0], texts[1], texts[2], texts[3], numbers},
         5);
    send("commit", {}, 0);
    if (PQpipelineSync(connection_.get()) != 1) fail();
    for (int synced = 0; synced == 0;) {
      PGresult* const result = PQgetResult(connection_.get());
      if (result == nullptr) continue;  // between two statements
      const ExecStatusType status = PQresultStatus(result);
      PQclear(result);
      if (status == PGRES_PIPELINE_SYNC) synced = 1;
      if (status == PGRES_FATAL_ERROR || status == PGRES_PIPELINE_ABORTED) fail();
    }
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
  // Ids of types, and the binary form of arrays: see service/storage/postgresql/parameters.cpp.
  static constexpr std::uint32_t number_type = 23;
  static constexpr std::uint32_t text_type = 25;

  static void append(std::string& bytes, std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes += static_cast<char>(static_cast<unsigned char>(number >> shift));
    }
  }

  static std::string array_of(std::uint32_t type, std::size_t elements) {
    std::string bytes;
    for (const std::uint32_t word : {1U, 0U, type, static_cast<std::uint32_t>(elements), 1U}) {
      append(bytes, word);
    }
    return bytes;
  }

  void prepare(const char* name, const char* sql) {
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(
        PQprepare(connection_.get(), name, sql, 0, nullptr), PQclear);
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) fail();
  }

  /// The last `arrays` of the parameters are binary.
  void send(const char* statement, const std::vector<std::string>& parameters, int arrays) {
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats(parameters.size(), 0);
    for (const std::string& parameter : parameters) {
      values.push_back(parameter.data());
      lengths.push_back(static_cast<int>(parameter.size()));
    }
    std::fill(formats.end() - arrays, formats.end(), 1);
    if (PQsendQueryPrepared(connection_.get(), statement, static_cast<int>(values.size()),
                            values.data(), lengths.data(), formats.data(), 0) != 1) {
      fail();
    }
  }

  [[noreturn]] void fail() const { throw std::runtime_error(PQerrorMessage(connection_.get())); }

  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
};

/// What store() writes into. Keys are those of the ledger.
void make_tables_of_ledger(Client& setup, std::size_t clients) {
  for (const char* const sql :
       {"CREATE TABLE agencies (agency_id integer PRIMARY KEY)",
        "CREATE TABLE batches (agency_id integer NOT NULL, batch_number bigint NOT NULL, bets "
        "bigint NOT NULL, PRIMARY KEY (agency_id, batch_number))",
        "CREATE TABLE bets (bet_id bigint NOT NULL, draw_id bigint NOT NULL, agency_id integer NOT "
        "NULL, first_name text NOT NULL, last_name text NOT NULL, document text NOT NULL, "
        "birthdate "
        "text NOT NULL, number integer NOT NULL, PRIMARY KEY (draw_id, agency_id, bet_id))"}) {
    setup.run(sql, PGRES_COMMAND_OK);
  }
  const std::string agencies =
      "INSERT INTO agencies SELECT generate_series(1, " + std::to_string(clients) + ")";
  setup.run(agencies.c_str(), PGRES_COMMAND_OK);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view way = argc == 7 ? argv[6] : "";
  if (way != "copy" && way != "insert" && way != "transaction") {
    std::fprintf(stderr,
                 "usage: postgres_loop CONNECTION BETS_FOLDER BETS BATCH CLIENTS "
                 "copy|insert|transaction\n");
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
    setup.run("DROP TABLE IF EXISTS bets, batches, agencies", PGRES_COMMAND_OK);
    if (way == "transaction") make_tables_of_ledger(setup, clients);
    if (way != "transaction")
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
          if (way == "transaction") client.prepare();
          const std::string id = std::to_string(agency + 1);
          std::size_t batches = 0;
          const std::string head = "1," + std::to_string(agency + 1) + ",";
          std::vector<std::string_view> rows;
          for (std::size_t sent = 0; sent < bets / clients;) {
            const std::size_t stored = sent;
            rows.clear();
            const std::size_t end = std::min(bets / clients, sent + batch);
            for (; sent < end; ++sent) rows.push_back(lines[sent % lines.size()]);
            if (way == "transaction") {
              client.store(id, ++batches, stored, rows);
            } else if (inserts) {
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
    setup.run("DROP TABLE IF EXISTS bets, batches, agencies", PGRES_COMMAND_OK);
    setup.run("CHECKPOINT", PGRES_COMMAND_OK);
    const std::size_t stored = bets / clients * clients;
    std::printf("%.0f\n", static_cast<double>(stored) / seconds);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "postgres_loop: %s\n", error.what());
    return 1;
  }
}
