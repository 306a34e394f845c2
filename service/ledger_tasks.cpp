#include "service/ledger_tasks.h"

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <stdexcept>

#include "program/progress_bar.h"
#include "program/settings.h"
#include "program/standard_streams.h"
#include "service/storage/ledger_export.h"
#include "service/storage/ledger_import.h"
#include "service/storage/postgresql/connection.h"
#include "service/storage/postgresql/verification.h"
#include "service/storage/sqlite/backup.h"
#include "service/storage/sqlite/migrations.h"
#include "service/storage/sqlite/restore.h"
#include "service/storage/sqlite/verification.h"

namespace lottery::ledger_task {
namespace {

constexpr const char* standard_stream = "-";

bool is_sqlite(const StorageSettings& storage) { return storage.engine == StorageEngine::sqlite; }

std::string name_of(const StorageSettings& storage) {
  return is_sqlite(storage) ? storage.path.string()
                            : postgresql::without_password(storage.postgresql.connection);
}

}  // namespace

void verify(const StorageSettings& storage, const Say& say) {
  const bool is_right = is_sqlite(storage) ? verify_database(storage.path, say)
                                           : postgresql::verify_database(storage.postgresql, say);
  if (!is_right) throw std::runtime_error("the database " + name_of(storage) + " is not right");
}

void back_up(const StorageSettings& storage, const std::string& copy, const Say& say) {
  if (copy == standard_stream) {
    const Say say_beside = [](const std::string& line) { print_error("lottery_service", line); };
    const bool is_right = is_sqlite(storage)
                              ? stream_backup(storage.path, STDOUT_FILENO, say_beside)
                              : stream_export(storage.postgresql, STDOUT_FILENO, say_beside);
    if (!is_right) throw std::runtime_error("the copy was written, but failed verification");
    return;
  }
  const std::filesystem::path path = path_option("backup", copy);
  const Backup backup = is_sqlite(storage) ? back_up_database(storage.path, path, say)
                                           : export_ledger(storage.postgresql, path, say);
  if (!backup.is_right) {
    throw std::runtime_error("the copy failed verification, and is kept as " +
                             backup.path.string());
  }
  say("the copy is " + backup.path.string());
}

void restore(const StorageSettings& storage, const std::string& copy, const Say& say) {
  if (!is_sqlite(storage)) {
    throw SettingsError(
        "--restore: works only with storage.engine = sqlite; to load a backup into an empty "
        "PostgreSQL database, use --import=FILE");
  }
  const std::filesystem::path& database = storage.path;
  const std::filesystem::path path = path_option("restore", copy);
  const Restored restored = restore_database(database, path.string(), say);
  say("restored " + database.string() + ": " + counted(restored.draws, "draw") + ", " +
      counted(restored.bets, "bet"));
  for (const std::filesystem::path& file : restored.before) {
    say("kept what was there before: " + file.string());
  }
  const std::int32_t newest = migrations().back().version;
  if (restored.version != newest) {
    say("its schema has version " + std::to_string(restored.version) +
        "; the service brings it to version " + std::to_string(newest) + " when it starts");
  }
}

void import_database(const StorageSettings& storage, const std::string& database, const Say& say) {
  if (is_sqlite(storage)) {
    throw SettingsError(
        "--import: copies a SQLite database into PostgreSQL, but storage.engine is sqlite");
  }
  const std::filesystem::path path = path_option("import", database);
  ProgressBar bar;
  const CopiedRows copied = import_ledger(
      path, storage.postgresql,
      [&](const std::string& line) {
        bar.erase();
        say(line);
      },
      [&](std::int64_t done, std::int64_t bets) { bar.show(done, bets); });
  bar.erase();
  say("imported " + path.string() + ": " + counted(copied.draws, "draw") + ", " +
      counted(copied.batches, "batch") + ", " + counted(copied.bets, "bet") + ", " +
      counted(copied.winners, "winner"));
}

}  // namespace lottery::ledger_task
