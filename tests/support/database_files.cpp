#include "tests/support/database_files.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstddef>

#include "service/storage/sqlite/migrations.h"

namespace lottery::test {

std::set<std::string> names_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    names.insert(file.path().filename().string());
  }
  return names;
}

unsigned int modes_in(const std::filesystem::path& folder) {
  unsigned int modes = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.is_regular_file()) modes |= static_cast<unsigned int>(file.status().permissions());
  }
  return modes;
}

std::int64_t bets_with(const std::filesystem::path& path, const std::string& document) {
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE);
  SQLite::Statement query(database, "SELECT count(*) FROM bets WHERE document = ?");
  query.bind(1, document);
  query.executeStep();
  return query.getColumn(0).getInt64();
}

void make_old_database(const std::filesystem::path& path, int version, int more_bets) {
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec("PRAGMA application_id = 0x4C4F5454");
  migrate(database, migrations().first(1));
  database.exec(R"sql(
      INSERT INTO draws (draw_id, opened_at) VALUES (1, '2026-11-23T10:00:00.000Z');
      INSERT INTO agencies (draw_id, agency_id, done_at)
          VALUES (1, 1, NULL), (1, 2, '2026-11-23T10:00:02.000Z');
      INSERT INTO batches (draw_id, agency_id, batch_number, first_bet_id, bets, received_at)
          VALUES (1, 1, 1, 1, 2, '2026-11-23T10:00:01.000Z'),
                 (1, 2, 1, 3, 1, '2026-11-23T10:00:01.000Z');
      INSERT INTO bets VALUES
          (1, 1, 1, 'Ana', 'D''Elia', 'a', '1999-03-17', 7574),
          (2, 1, 1, 'Ana', 'D''Elia', 'b', '1999-03-17', 1),
          (3, 1, 2, 'Ana', 'D''Elia', 'c', '1999-03-17', 7574))sql");
  migrate(database, migrations().first(static_cast<std::size_t>(version)));
  SQLite::Statement more(database, R"sql(
      WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
      INSERT INTO bets (draw_id, agency_id, first_name, last_name, document, birthdate, number)
      SELECT 1, 1, 'Thiago Agustin', 'Abadia', 'more', '1999-03-17', 1 FROM n WHERE i <= ?1)sql");
  more.bind(1, more_bets);
  if (more_bets > 0) more.exec();
}

}  // namespace lottery::test
