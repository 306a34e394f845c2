#include "service/storage/sqlite/schema_comparison.h"

#include <SQLiteCpp/Statement.h>

#include <cstddef>
#include <map>
#include <optional>

#include "service/storage/sqlite/migrations.h"

namespace lottery {
namespace {

struct Object {
  std::string type;
  std::string name;
  std::string table;  ///< the table of an index or trigger; otherwise the object's own name
  std::string sql;
  std::string key;        ///< identifies objects in SQLite: the title in lower case
  std::string table_key;  ///< `table` in lower case

  std::string title() const { return type + " " + name; }
  std::string title_with_table() const {
    return name == table ? title() : title() + " on " + table;
  }
};

/// All objects except SQLite's own, by key.
std::map<std::string, Object> objects_of(SQLite::Database& database) {
  std::map<std::string, Object> objects;
  SQLite::Statement query(database, R"sql(
      SELECT type, name, tbl_name, sql, type || ' ' || lower(name), lower(tbl_name)
      FROM sqlite_schema
      WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\')sql");
  while (query.executeStep()) {
    Object object{.type = query.getColumn(0).getString(),
                  .name = query.getColumn(1).getString(),
                  .table = query.getColumn(2).getString(),
                  .sql = query.getColumn(3).getString(),
                  .key = query.getColumn(4).getString(),
                  .table_key = query.getColumn(5).getString()};
    objects.emplace(object.key, std::move(object));
  }
  return objects;
}

bool has_rows(SQLite::Database& database, const std::string& sql, const std::string& first,
              const std::string& second) {
  SQLite::Statement query(database, sql);
  query.bind(1, first);
  query.bind(2, second);
  return query.executeStep();
}

/// The reason why an index on one of the lottery's tables could reject a bet; empty if it could
/// not.
std::optional<std::string> refusal_by(SQLite::Database& database, const Object& index) {
  const auto is = [&](const std::string& condition) {
    return has_rows(database,
                    "SELECT 1 FROM pragma_index_list(?1) WHERE name = ?2 AND " + condition,
                    index.table, index.name);
  };
  const auto has_column = [&](const std::string& condition) {
    return has_rows(database,
                    "SELECT 1 FROM pragma_index_list(?1) AS list, pragma_index_xinfo(list.name) "
                    "WHERE list.name = ?2 AND key = 1 AND " +
                        condition,
                    index.table, index.name);
  };
  if (is("\"unique\"")) return "it is unique";
  if (is("partial")) return "it has a condition";
  if (has_column("cid = -2")) return "it holds an expression";
  if (has_column("upper(coll) NOT IN ('BINARY', 'NOCASE', 'RTRIM')")) {
    return "it needs a collation that the service does not have";
  }
  return {};
}

/// The lottery's table to which a foreign key of `table` refers, if there is one.
std::optional<std::string> referenced_by(SQLite::Database& database, const Object& table,
                                         const std::set<std::string>& tables) {
  SQLite::Statement query(database,
                          R"sql(SELECT lower("table") FROM pragma_foreign_key_list(?))sql");
  query.bind(1, table.name);
  while (query.executeStep()) {
    std::string parent = query.getColumn(0).getString();
    if (tables.contains(parent)) return parent;
  }
  return {};
}

}  // namespace

SchemaComparison compare_schema(SQLite::Database& database, std::int32_t version) {
  SQLite::Database fresh(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  migrate(fresh, migrations().first(static_cast<std::size_t>(version)));
  const auto expected = objects_of(fresh);
  const auto found = objects_of(database);

  SchemaComparison comparison;
  comparison.objects = static_cast<std::int64_t>(expected.size());
  std::set<std::string> names;  // names of tables and views, in lower case
  for (const auto& [key, object] : expected) {
    if (object.type == "table") comparison.tables.insert(object.name);
    names.insert(object.table_key);
    const auto there = found.find(key);
    if (there == found.end()) {
      comparison.changes.push_back("the " + object.title() + " is not there");
    } else if (there->second.sql != object.sql) {
      comparison.changes.push_back("the " + object.title() + " is different");
    }
  }
  const auto change = [&](const Object& object, const std::string& why) {
    comparison.changes.push_back("the " + object.title() + " is not the lottery's, and " + why);
  };
  for (const auto& [key, object] : found) {
    if (expected.contains(key)) continue;
    if (object.type == "trigger") {
      // On any table, because its statements can reach every table.
      change(object, "can change what is stored");
      continue;
    }
    if (object.type == "index" && names.contains(object.table_key)) {
      if (const auto why = refusal_by(database, object)) {
        change(object, "can refuse bets: " + *why);
        continue;
      }
    }
    if (object.type == "table") {
      if (const auto parent = referenced_by(database, object, comparison.tables)) {
        change(object, "can refuse changes of " + *parent + ": it has a foreign key to it");
        continue;
      }
    }
    comparison.additions.push_back(object.title_with_table());
  }
  return comparison;
}

}  // namespace lottery
