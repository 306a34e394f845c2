#include "service/storage/sqlite/verification.h"

#include <string>

#include "service/storage/sqlite/books_verification.h"
#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/file_integrity.h"
#include "service/storage/sqlite/migrations.h"
#include "service/storage/sqlite/schema_comparison.h"
#include "service/storage/sqlite/uploads_verification.h"

namespace lottery {
namespace {

void check_file(SQLite::Database& database, const SchemaComparison& comparison,
                Findings& findings) {
  Place place{"the file"};
  findings.checking(place, [&] {
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
  findings.checking(schema, [&] {
    const SchemaComparison comparison = compare_schema(database, version);
    check_file(database, comparison, findings);
    say_schema(comparison, schema, findings);
  });
  const std::int32_t newest = migrations().back().version;
  if (version == newest) {
    Place draws{"the draws"};
    findings.checking(draws, [&] {
      BooksVerification(database, findings).run();
      check_uploads(database, findings);
    });
  } else {
    say("the books: not checked: the schema has version " + std::to_string(version) +
        ", and this service checks those of version " + std::to_string(newest));
  }
  const std::int64_t problems = findings.problems();
  say(problems == 0 ? "all is right" : counted(problems, "problem") + " found");
  return problems == 0;
}

bool verify_database(const std::filesystem::path& path, const Say& say) {
  return with_database_errors(path, [&] {
    SQLite::Database database = open_to_read(path);
    database.exec("BEGIN");  // one state of the database for all that follows
    return verify_database(database, migrations().back().version, say);
  });
}

}  // namespace lottery
