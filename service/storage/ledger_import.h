#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "service/storage/findings.h"
#include "service/storage/ledger_copy.h"
#include "service/storage/postgresql/postgresql_settings.h"

namespace lottery {

/// Copies every draw, agency, batch, upload, bet and winner of the SQLite database at `from` into
/// the PostgreSQL database in `to`, in one transaction. Verifies the source before the copy, and
/// the copy before the commit. The PostgreSQL database must be empty; missing tables are created. A
/// service may use the SQLite database meanwhile: the import copies its state at the beginning.
/// Bets get new ids, because PostgreSQL numbers the bets of each agency separately.
///
/// `say` receives the reports of the verifications. `progress` is called with the number of copied
/// bets and the total. Throws std::runtime_error, with a sentence for a person, if anything is
/// wrong; the PostgreSQL database then has no rows, as before.
CopiedRows import_ledger(const std::filesystem::path& from, const PostgresqlSettings& to,
                         const Say& say,
                         const std::function<void(std::int64_t copied, std::int64_t of)>& progress);

}  // namespace lottery
