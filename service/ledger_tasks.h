#pragma once

#include <string>

#include "service/service_settings.h"
#include "service/storage/findings.h"

/// The one-shot tasks of lottery_service, for every storage engine. Each task reports its progress
/// and findings through `say`. It throws std::runtime_error or SettingsError, with a sentence for a
/// person, unless it succeeds and finds nothing wrong.
namespace lottery::ledger_task {

/// --verify
void verify(const StorageSettings& storage, const Say& say);

/// --backup. `copy` is a path, or `-` for standard output. With `-`, only the backup is written to
/// standard output, and messages go to standard error.
void back_up(const StorageSettings& storage, const std::string& copy, const Say& say);

/// --restore. `copy` is a path, or `-` for standard input.
void restore(const StorageSettings& storage, const std::string& copy, const Say& say);

/// --import. `database` is the path of a SQLite database.
void import_database(const StorageSettings& storage, const std::string& database, const Say& say);

}  // namespace lottery::ledger_task
