#include "service/storage/postgresql/verification.h"

#include <atomic>
#include <stdexcept>
#include <string>

#include "service/storage/books_verification.h"
#include "service/storage/postgresql/errors.h"
#include "service/storage/postgresql/migrations.h"
#include "service/storage/postgresql/patience.h"
#include "service/storage/postgresql/postgresql_stored_rows.h"
#include "service/storage/postgresql/schema_comparison.h"

namespace lottery::postgresql {
namespace {

void check_schema(Connection& connection, Findings& findings) {
  Place schema{"the schema"};
  try {
    const SchemaComparison comparison = compare_schema(connection);
    for (const std::string& change : comparison.changes) findings.problem(schema, change);
    for (const std::string& addition : comparison.additions) {
      findings.note(schema, "also there, and harmless: " + addition);
    }
    findings.right(schema, counted(comparison.objects, "object"));
  } catch (const StatementFailed& error) {
    constexpr const char* no_right = "42501";
    constexpr const char* read_only = "25006";
    if (error.sqlstate() != no_right && error.sqlstate() != read_only) throw;
    findings.note(schema, std::string("not checked: ") + error.what());
  }
}

bool conclude(const Findings& findings, const Say& say) {
  const std::int64_t problems = findings.problems();
  say(problems == 0 ? "all is right" : counted(problems, "problem") + " found");
  return problems == 0;
}

void check_rows(Connection& connection, Findings& findings) {
  PostgresqlStoredRows rows(connection);
  BooksVerification(rows, findings).run();
  check_uploads(rows, findings);
}

}  // namespace

void check_version(Connection& connection) {
  const std::int32_t version = schema_version(connection, patience::deadline());
  const std::int32_t newest = migrations().back().version;
  if (version == newest) return;
  if (version == 0) throw std::runtime_error("the database has no ledger");
  throw std::runtime_error("the database has schema version " + std::to_string(version) +
                           ", but this program checks version " + std::to_string(newest));
}

bool verify_database(const PostgresqlSettings& settings, const Say& say) {
  const std::atomic<bool> is_over = false;
  Connection connection(settings.connection, is_over, patience::deadline());
  check_version(connection);
  Findings findings(say);
  check_schema(connection, findings);
  connection.execute_script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                            patience::deadline());
  check_rows(connection, findings);
  return conclude(findings, say);
}

bool verify_rows(Connection& connection, const Say& say) {
  Findings findings(say);
  check_rows(connection, findings);
  return conclude(findings, say);
}

}  // namespace lottery::postgresql
