#pragma once

#include <string>

#include "service/service_settings.h"
#include "service/storage/findings.h"

/// What lottery_service does with a ledger instead of serving it, in whichever engine it is. Each
/// says on `say` what it does and finds, and throws std::runtime_error or SettingsError, with a
/// sentence, unless it is done and all is right.
namespace lottery::ledger_task {

/// --verify
void verify(const StorageSettings& storage, const Say& say);

/// --backup. `copy` is a path, or `-` for standard output. Then nothing else is written there, and
/// what would be said goes to standard error.
void back_up(const StorageSettings& storage, const std::string& copy, const Say& say);

/// --restore. `copy` is a path, or `-` for standard input.
void restore(const StorageSettings& storage, const std::string& copy, const Say& say);

/// --import. `database` is the path of a SQLite database.
void import_database(const StorageSettings& storage, const std::string& database, const Say& say);

}  // namespace lottery::ledger_task
