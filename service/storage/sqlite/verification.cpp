#include "service/storage/sqlite/verification.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <functional>
#include <string>

#include "service/storage/books_verification.h"
#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/file_integrity.h"
#include "service/storage/sqlite/migrations.h"
#include "service/storage/sqlite/schema_comparison.h"
#include "service/storage/sqlite/sqlite_stored_rows.h"

namespace lottery {
namespace {

/// Calls `check`. If SQLite can't continue because of the file's content, this reports a problem at
/// `place`. Other SQLite exceptions pass through, for example if the file is locked.
void checking(Findings& findings, Place& place, const std::function<void()>& check) {
  try {
    check();
  } catch (const SQLite::Exception& error) {
    switch (error.getErrorCode()) {
      case SQLITE_ERROR:  // a missing table or function
      case SQLITE_CORRUPT:
      case SQLITE_NOTADB:
        findings.problem(place, std::string("it can't be read to its end: ") + error.what());
        break;
      default:
        throw;
    }
  }
}

void check_file(SQLite::Database& database, const SchemaComparison& comparison,
                Findings& findings) {
  Place place{"the file"};
  checking(findings, place, [&] {
    const FileIntegrity integrity = check_integrity(database, comparison.tables);
    for (const std::string& problem : integrity.problems) findings.problem(place, problem);
    for (const std::string& note : integrity.elsewhere) {
      findings.note(place, "in a table that is not the lottery's: " + note);
    }
  });
  findings.right(place, "SQLite's integrity_check and foreign_key_check");
}

void say_schema(const SchemaComparison& comparison, Place& place, Findings& findings) {
  for (const std::string& change : comparison.changes) findings.problem(place, change);
  for (const std::string& addition : comparison.additions) {
    findings.note(place, "also there, and harmless: " + addition);
  }
  findings.right(place, counted(comparison.objects, "object"));
}

}  // namespace

bool verify_database(SQLite::Database& database, std::int32_t version, const Say& say) {
  Findings findings(say);
  Place schema{"the schema"};
  checking(findings, schema, [&] {
    const SchemaComparison comparison = compare_schema(database, version);
    check_file(database, comparison, findings);
    say_schema(comparison, schema, findings);
  });
  const std::int32_t newest = migrations().back().version;
  if (version == newest) {
    Place draws{"the draws"};
    checking(findings, draws, [&] {
      SqliteStoredRows rows(database);
      BooksVerification(rows, findings).run();
      check_uploads(rows, findings);
    });
  } else {
    say("the books: not checked: the schema has version " + std::to_string(version) +
        ", but this program checks only books of version " + std::to_string(newest));
  }
  const std::int64_t problems = findings.problems();
  say(problems == 0 ? "all is right" : counted(problems, "problem") + " found");
  return problems == 0;
}

bool verify_database(const std::filesystem::path& path, const Say& say) {
  return with_database_errors(path, [&] {
    SQLite::Database database = open_to_read(path);
    database.exec("BEGIN");  // one snapshot for everything that follows
    return verify_database(database, migrations().back().version, say);
  });
}

}  // namespace lottery
