#include "service/storage/sqlite/sqlite_ledger.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "service/storage/sqlite/database_error.h"
#include "service/storage/sqlite/sqlite_read_transaction.h"
#include "service/storage/sqlite/sqlite_write_transaction.h"

namespace lottery {
namespace {

// How long a transaction waits, including its turn, while another program locks the database.
constexpr std::chrono::milliseconds other_writers_wait_max{2000};

// How long a successful check is reused: a health check every few seconds always tests again, but
// many agencies that begin their uploads at once share one test.
constexpr std::chrono::seconds good_check_holds{1};

/// Reads of whole books are CPU-bound. One core is left for uploads.
int long_readers_max() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()) - 1, 1, 4);
}

/// Nothing if the file does not exist.
std::optional<std::int64_t> size_of(const std::filesystem::path& file) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(file, error);
  if (error) return {};
  return static_cast<std::int64_t>(bytes);
}

/// Nothing if the file system can't be queried.
std::optional<std::int64_t> free_beside(const std::filesystem::path& file) {
  std::error_code error;
  const auto space = std::filesystem::space(file.parent_path(), error);
  if (error) return {};
  return static_cast<std::int64_t>(space.available);
}

}  // namespace

SqliteLedger::SqliteLedger(const std::filesystem::path& path,
                           std::function<void(const std::string&)> on_failure)
    : file_(path),
      errors_(file_.path(), std::move(on_failure)),
      long_reads_max_(long_readers_max()) {
  with_database_errors(file_.path(), [this] {
    writer_ = std::make_unique<DurableWriter>(file_, errors_, metrics_);
    statements_ = std::make_unique<WriteStatements>(writer_->connection());
    readers_ = std::make_unique<ReaderPool>(file_, 1);
    long_readers_ = std::make_unique<ReaderPool>(file_, long_reads_max_);
  });
}

SqliteLedger::~SqliteLedger() = default;

void SqliteLedger::write(AgencyId /*agency*/, const std::function<void(WriteTransaction&)>& work) {
  const auto deadline = std::chrono::steady_clock::now() + other_writers_wait_max;
  writer_->write([&] {
    SqliteWriteTransaction transaction(*writer_, *statements_, errors_, deadline);
    work(transaction);
  });
}

void SqliteLedger::check_that_it_stores() {
  // Simultaneous callers wait for one check, and share its result if it succeeds.
  const std::lock_guard lock(check_mutex_);
  const auto begun_at = Clock::now();
  if (last_good_check_ && begun_at - *last_good_check_ < good_check_holds) return;
  writer_->write([&] {
    SqliteWriteTransaction transaction(*writer_, *statements_, errors_,
                                       begun_at + other_writers_wait_max);
    transaction.store_nothing();
    transaction.commit();
  });
  last_good_check_ = begun_at;
}

std::unique_ptr<ReadTransaction> SqliteLedger::begin_read() {
  return std::make_unique<SqliteReadTransaction>(*readers_, *writer_, errors_);
}

std::unique_ptr<ReadTransaction> SqliteLedger::begin_long_read() {
  return std::make_unique<SqliteReadTransaction>(*long_readers_, *writer_, errors_);
}

int SqliteLedger::long_reads_max() const noexcept { return long_reads_max_; }

std::optional<std::int64_t> SqliteLedger::changes_by_others() {
  return writer_->changes_by_others();
}

void SqliteLedger::end_reads() noexcept {
  long_readers_->end();
  readers_->end();
}

void SqliteLedger::sync() { writer_->sync(); }

LedgerFiles SqliteLedger::files() const {
  return {.engine = "sqlite",
          .location = file_.path().string(),
          .database_bytes = size_of(file_.path()),
          .free_bytes = free_beside(file_.path()),
          .wal_bytes = size_of(file_.wal_path())};
}

}  // namespace lottery
