#include "service/storage/postgresql/schema_comparison.h"

#include <map>
#include <utility>

#include "service/storage/postgresql/migrations.h"
#include "service/storage/postgresql/patience.h"

namespace lottery::postgresql {
namespace {

// Every object of the current schema: its title, its definition, and whether it could change or
// refuse what is stored if it is not the lottery's. Definitions don't name the current schema,
// except those of indexes, triggers, rules and functions; its name is removed from these.
constexpr const char* objects_query = R"sql(
    WITH own AS (
        SELECT oid, quote_ident(nspname) || '.' AS prefix
        FROM pg_namespace
        WHERE nspname = current_schema()),
    relations AS (SELECT pg_class.* FROM pg_class JOIN own ON relnamespace = own.oid)

    SELECT CASE relkind WHEN 'v' THEN 'view ' ELSE 'table ' END || relname,
           CASE relkind WHEN 'v' THEN pg_get_viewdef(oid) ELSE relkind::text || relpersistence::text END,
           false
    FROM relations
    WHERE relkind IN ('r', 'v', 'p', 'm', 'f')
    UNION ALL
    SELECT 'column ' || relname || '.' || attname,
           format_type(atttypid, atttypmod) || attnotnull::text
               || coalesce(' ' || pg_get_expr(adbin, adrelid), ''),
           attnotnull
    FROM relations
    JOIN pg_attribute ON attrelid = relations.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relkind IN ('r', 'p')
    UNION ALL
    SELECT 'constraint ' || conname || ' on ' || relname,
           pg_get_constraintdef(pg_constraint.oid),
           true
    FROM relations
    JOIN pg_constraint ON conrelid = relations.oid
    UNION ALL
    SELECT 'index ' || index.relname || ' on ' || relations.relname,
           replace(pg_get_indexdef(index.oid), prefix, ''),
           indisunique OR indexprs IS NOT NULL
    FROM own, relations
    JOIN pg_index ON indrelid = relations.oid
    JOIN pg_class AS index ON index.oid = indexrelid
    UNION ALL
    SELECT 'trigger ' || tgname || ' on ' || relname,
           replace(pg_get_triggerdef(pg_trigger.oid), prefix, ''),
           true
    FROM own, relations
    JOIN pg_trigger ON tgrelid = relations.oid AND NOT tgisinternal
    UNION ALL
    SELECT 'rule ' || rulename || ' on ' || relname,
           replace(pg_get_ruledef(pg_rewrite.oid), prefix, ''),
           true
    FROM own, relations
    JOIN pg_rewrite ON ev_class = relations.oid AND rulename <> '_RETURN'
    UNION ALL
    SELECT 'function ' || proname, replace(pg_get_functiondef(pg_proc.oid), prefix, ''), false
    FROM own
    JOIN pg_proc ON pronamespace = own.oid AND prokind = 'f')sql";

struct Object {
  std::string definition;
  bool can_refuse = false;
};

std::map<std::string, Object> objects_of(Connection& connection) {
  const Rows rows = connection.query(objects_query, patience::deadline());
  std::map<std::string, Object> objects;
  for (int row = 0; row < rows.count(); ++row) {
    objects.emplace(
        std::string(rows.text(row, 0)),
        Object{.definition = std::string(rows.text(row, 1)), .can_refuse = rows.is_true(row, 2)});
  }
  return objects;
}

std::map<std::string, Object> expected_objects(Connection& connection) {
  const Deadline deadline = patience::deadline();
  connection.execute_script(
      "CREATE SCHEMA lottery_verification; SET LOCAL search_path = lottery_verification", deadline);
  for (const Migration& step : migrations()) {
    connection.execute_script(std::string(step.sql), deadline);
  }
  return objects_of(connection);
}

/// The table of a column, constraint, index, trigger or rule with this title; empty for other
/// objects.
std::string table_in(const std::string& title) {
  const auto on = title.rfind(" on ");
  if (on != std::string::npos) return title.substr(on + 4);
  constexpr std::string_view column = "column ";
  if (!title.starts_with(column)) return {};
  return title.substr(column.size(), title.find('.') - column.size());
}

}  // namespace

SchemaComparison compare_schema(Connection& connection) {
  const auto found = objects_of(connection);
  connection.execute_script("BEGIN", patience::deadline());
  std::map<std::string, Object> expected;
  try {
    expected = expected_objects(connection);
  } catch (...) {
    if (connection.is_usable()) connection.execute_script("ROLLBACK", patience::deadline());
    throw;
  }
  connection.execute_script("ROLLBACK", patience::deadline());

  SchemaComparison comparison;
  comparison.objects = static_cast<std::int64_t>(expected.size());
  for (const auto& [title, object] : expected) {
    const auto there = found.find(title);
    if (there == found.end()) {
      comparison.changes.push_back("the " + title + " is not there");
    } else if (there->second.definition != object.definition) {
      comparison.changes.push_back("the " + title + " is different");
    }
  }
  for (const auto& [title, object] : found) {
    if (expected.contains(title)) continue;
    const std::string table = table_in(title);
    const bool is_on_ours = expected.contains("table " + table);
    if (is_on_ours && object.can_refuse) {
      comparison.changes.push_back(
          "the " + title + " is not the lottery's, and can change or refuse what is stored");
    } else if (table.empty() || is_on_ours) {
      comparison.additions.push_back(title);
    }
  }
  return comparison;
}

}  // namespace lottery::postgresql
