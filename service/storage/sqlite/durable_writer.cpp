#include "service/storage/sqlite/durable_writer.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "service/ledger.h"
#include "service/stopwatch.h"
#include "service/storage/sqlite/connection_settings.h"
#include "service/storage/sqlite/statement_run.h"
#include "service/storage/sqlite/write_combining_vfs.h"

namespace lottery {
namespace {

// How long the first statements wait for another program's write lock.
constexpr int start_busy_timeout_ms = 2000;

// Twice the usual length of the WAL (checkpointer.cpp). A longer WAL is truncated when it restarts.
constexpr int wal_bytes_kept = 32 * 1024 * 1024;

// Values of PRAGMA synchronous.
constexpr int synchronous_normal = 1;
constexpr int synchronous_full = 2;

std::int64_t data_version_of(SQLite::Statement& row) { return row.getColumn(0).getInt64(); }

SQLite::Database open_to_write(const DatabaseFile& file) {
  SQLite::Database connection(file.path().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX,
                              start_busy_timeout_ms, write_combining_vfs());
  set_pragma(connection, "synchronous", synchronous_full);
  set_pragma(connection, "checkpoint_fullfsync", 1);
  set_pragma(connection, "cache_spill", 0);
  set_pragma(connection, "wal_autocheckpoint", 0);
  set_pragma(connection, "foreign_keys", 1);
  set_pragma(connection, "journal_size_limit", wal_bytes_kept);
  raise_change_counter(connection);
  return connection;
}

std::unique_ptr<SQLite::Database> open_to_checkpoint(const DatabaseFile& file) {
  auto connection = std::make_unique<SQLite::Database>(
      file.path().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, start_busy_timeout_ms);
  set_pragma(*connection, "synchronous", synchronous_normal);
  return connection;
}

}  // namespace

DurableWriter::DurableWriter(const DatabaseFile& file, ErrorPolicy& errors, LedgerMetrics& metrics)
    : file_(file),
      errors_(errors),
      metrics_(metrics),
      connection_(open_to_write(file)),
      lock_wait_(connection_),
      begin_(connection_, "BEGIN IMMEDIATE"),
      commit_(connection_, "COMMIT"),
      data_version_query_(connection_, "PRAGMA data_version"),
      data_version_(first_row(data_version_query_, data_version_of)),
      marked_wal_(wal_generation(connection_)),
      wal_sync_(file.wal_path(), metrics),
      wal_place_(file.wal_path()) {
  checkpointer_.emplace(
      open_to_checkpoint(file), queue_, metrics_,
      [this](const SQLite::Exception& error) { errors_.note(error); },
      [this] { return !errors_.has_failed(); });
  sqlite3_wal_hook(
      connection_.getHandle(),
      [](void* checkpointer, sqlite3*, const char*, int pages) {
        static_cast<Checkpointer*>(checkpointer)->wal_has(pages);
        return SQLITE_OK;
      },
      &*checkpointer_);
}

DurableWriter::~DurableWriter() {
  checkpointer_.reset();
  if (errors_.has_failed()) {
    sqlite3_db_config(connection_.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
}

void DurableWriter::write(const std::function<void()>& work) {
  const Stopwatch wait;
  queue_.run([&] {
    wait.observe(metrics_.write_turn_wait);
    work();
    mark_new_wal();
  });
}

std::int64_t DurableWriter::changes_by_others() {
  std::int64_t changes = 0;
  write([&] {
    errors_.guarded([this] { note_changes_by_others(); });
    changes = changes_by_others_;
  });
  return changes;
}

void DurableWriter::wait_for_counts() { const std::lock_guard gate(commit_gate_); }

void DurableWriter::sync() {
  errors_.throw_if_failed();
  try {
    wal_sync_.sync();
    file_.identity().throw_if_moved();
    wal_place_.throw_if_moved();
  } catch (const std::runtime_error& error) {
    errors_.fail(error.what());
  }
}

void DurableWriter::begin(LockWait::Deadline deadline) {
  errors_.guarded([&] {
    lock_wait_.begin_until(deadline, [this] { run(begin_); });
    try {
      note_changes_by_others();
    } catch (...) {
      roll_back();
      throw;
    }
  });
}

void DurableWriter::note_changes_by_others() {
  const std::int64_t version = first_row(data_version_query_, data_version_of);
  if (std::exchange(data_version_, version) != version) ++changes_by_others_;
}

void DurableWriter::commit() {
  const std::lock_guard gate(commit_gate_);
  errors_.guarded_commit([this] { run(commit_); });
  wal_sync_.committed();
}

void DurableWriter::roll_back() noexcept {
  // After some errors, SQLite has already rolled back. A rollback discards what was not committed
  // and writes nothing. If it fails, the next BEGIN fails too, and reports that.
  if (sqlite3_get_autocommit(connection_.getHandle()) == 0) connection_.tryExec("ROLLBACK");
}

void DurableWriter::mark_new_wal() {
  try {
    errors_.guarded_commit([this] {
      const WalGeneration generation = wal_generation(connection_);
      if (generation == marked_wal_) return;
      marked_wal_ = generation;
      lock_wait_.end();
      raise_counter();
      if (errors_.has_failed() || !copy_whole_wal(connection_) || errors_.has_failed()) return;
      raise_counter();
      marked_wal_ = wal_generation(connection_);
    });
  } catch (const LedgerUnavailable&) {
    // This WAL has no mark, and the next WAL is marked again. The commit is stored, so a missing
    // mark must not make it fail.
  }
}

void DurableWriter::raise_counter() {
  const std::lock_guard gate(commit_gate_);
  raise_change_counter(connection_);
  wal_sync_.committed();
}

}  // namespace lottery
