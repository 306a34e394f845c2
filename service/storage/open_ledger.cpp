#include "service/storage/open_ledger.h"

#include <stdexcept>
#include <utility>

#include "program/log.h"
#include "service/storage/postgresql/postgresql_ledger.h"
#include "service/storage/sqlite/sqlite_ledger.h"
#include "text/printable.h"

namespace lottery {
namespace {

/// The terms that all services on one database must share.
std::string text_of(const DrawTerms& terms) {
  std::string text = std::to_string(terms.winning_number);
  for (const AgencyId agency : terms.agencies) text += ' ' + to_string(agency);
  return text;
}

/// Logs that the database can't be used for now, or, if `problem` is empty, that it can be again.
void log_usable(const std::string& problem) {
  if (problem.empty()) {
    log().information(LogLine("reach_database", "success").text());
  } else {
    log().warning(LogLine("reach_database", "fail").field("error", problem).text());
  }
}

std::unique_ptr<Ledger> open_postgresql(PostgresqlSettings settings, const DrawTerms& terms,
                                        std::function<void(const std::string&)> on_failure) {
  settings.terms = text_of(terms);
  try {
    auto ledger = std::make_unique<PostgresqlLedger>(
        std::move(settings),
        DatabaseReports{.failed = std::move(on_failure), .usable = log_usable});
    log().information(LogLine("open_database", "success")
                          .field("engine", "postgresql")
                          .field("location", ledger->files().location)
                          .field("synchronous_replicas", ledger->replicas())
                          .text());
    return ledger;
  } catch (const std::runtime_error& error) {
    throw std::runtime_error("the database (storage.postgresql.connection) can't be used: " +
                             printable(error.what()));
  }
}

}  // namespace

std::unique_ptr<Ledger> open_ledger(const ServiceSettings& settings,
                                    std::function<void(const std::string&)> on_failure) {
  switch (settings.storage.engine) {
    case StorageEngine::postgresql:
      return open_postgresql(settings.storage.postgresql, settings.terms, std::move(on_failure));
    case StorageEngine::sqlite:
      break;
  }
  return std::make_unique<SqliteLedger>(settings.storage.path, std::move(on_failure));
}

}  // namespace lottery
