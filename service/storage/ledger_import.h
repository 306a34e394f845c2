#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "service/storage/findings.h"
#include "service/storage/ledger_copy.h"
#include "service/storage/postgresql/postgresql_settings.h"

namespace lottery {

/// Copies every draw, agency, batch, upload, bet and winner of the SQLite database `from` into the
/// PostgreSQL database that `to` names, in one transaction. Verifies the source before copying, and
/// the copy before the commit. The PostgreSQL database must be empty; missing tables are created. A
/// service may use the SQLite database meanwhile; the copy has its state at the start of the
/// import. Bets get new ids, because PostgreSQL's ids count the bets of each agency.
///
/// `say` receives the reports of the verifications. `progress` receives the number of bets copied
/// and the total. Throws std::runtime_error with a sentence if anything is wrong; then the
/// PostgreSQL database is as empty as before.
CopiedRows import_ledger(const std::filesystem::path& from, const PostgresqlSettings& to,
                         const Say& say,
                         const std::function<void(std::int64_t copied, std::int64_t of)>& progress);

}  // namespace lottery
