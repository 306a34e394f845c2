#pragma once

#include <string>

#include "service/service_settings.h"
#include "service/storage/findings.h"

/// The tasks of lottery_service on a ledger, in either engine. Each reports its steps and findings
/// to `say`. Throws std::runtime_error or SettingsError, with a sentence, if the task fails or
/// finds something wrong.
namespace lottery::ledger_task {

/// --verify
void verify(const StorageSettings& storage, const Say& say);

/// --backup. `copy` is a path, or `-` for standard output. With `-`, only the copy goes to standard
/// output, and `say` must write to standard error.
void back_up(const StorageSettings& storage, const std::string& copy, const Say& say);

/// --restore. `copy` is a path, or `-` for standard input.
void restore(const StorageSettings& storage, const std::string& copy, const Say& say);

/// --import. `database` is the path of a SQLite database.
void import_database(const StorageSettings& storage, const std::string& database, const Say& say);

}  // namespace lottery::ledger_task
