#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "service/storage/findings.h"
#include "service/storage/ledger_copy.h"
#include "service/storage/postgresql/postgresql_settings.h"

namespace lottery {

/// Copies every draw, agency, batch, upload, bet and winner of the SQLite database at `from` into
/// the PostgreSQL database that `to` names, in one transaction, and verifies both: the source
/// before the copy, and the copy before it is committed. The database must be empty; its tables are
/// made if they are missing. A service may use the SQLite database meanwhile; what is copied is its
/// state when the import began. Bets get new ids, because those of PostgreSQL count each agency's.
///
/// `say` gets what the verifications say. `progress` is called with how many bets are copied, of
/// how many. Throws std::runtime_error, with a sentence, if anything is wrong; the PostgreSQL
/// database is as empty as before then.
CopiedRows import_ledger(const std::filesystem::path& from, const PostgresqlSettings& to,
                         const Say& say,
                         const std::function<void(std::int64_t copied, std::int64_t of)>& progress);

}  // namespace lottery
