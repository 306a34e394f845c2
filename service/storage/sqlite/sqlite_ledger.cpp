#include "service/storage/sqlite/sqlite_ledger.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "service/storage/sqlite/bets_insert.h"
#include "service/storage/sqlite/raw_statement.h"
#include "service/storage/sqlite/wal_generation.h"

namespace lottery {
namespace {

using std::chrono::steady_clock;

// How long a transaction waits, its turn included, while another program holds the database. Those
// that come behind one which has waited in vain don't wait at all until the database is free, so
// that agencies are told, and a service that is told to stop is done in time, however many there
// are.
constexpr std::chrono::milliseconds other_writers_wait_max{2000};
constexpr std::chrono::milliseconds other_writers_poll{2};

/// Reading whole books is work for a processor: more readers than there are of these gain nothing.
unsigned int long_readers_max() { return std::clamp(std::thread::hardware_concurrency(), 1U, 4U); }

constexpr const char* books_query = R"sql(
    SELECT drawn_at IS NOT NULL, done_at IS NOT NULL, bets, sha256,
           (SELECT coalesce(max(batch_number), 0)
            FROM batches
            WHERE batches.draw_id = agencies.draw_id AND batches.agency_id = agencies.agency_id)
    FROM agencies
    JOIN draws USING (draw_id)
    WHERE draw_id = ? AND agency_id = ?)sql";

/// The draws in which an agency has a bet or a DONE; an ORDER BY completes it.
constexpr const char* draws_of_agency_query = R"sql(
    SELECT draw_id, drawn_at IS NOT NULL
    FROM agencies
    JOIN draws USING (draw_id)
    WHERE agency_id = ?
      AND draw_id > ?
      AND (done_at IS NOT NULL
           OR EXISTS (SELECT 1
                      FROM batches
                      WHERE batches.draw_id = agencies.draw_id
                        AND batches.agency_id = agencies.agency_id)))sql";

constexpr DrawId before_all_draws{0};

constexpr const char* now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

/// True if after `error` it is not known any more what is stored, or whether it can be read. Not
/// for a commit: until then nothing is stored, whatever has failed.
bool is_final(const SQLite::Exception& error) {
  switch (error.getErrorCode()) {
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PROTOCOL:    // others have begun and ended too often while this was to begin
    case SQLITE_CONSTRAINT:  // an index or a table of somebody else's refuses this
      return false;
    case SQLITE_IOERR:
      switch (error.getExtendedErrorCode()) {
        case SQLITE_IOERR_WRITE:    // a limit on the size of files, say
        case SQLITE_IOERR_SHMSIZE:  // the disk is full
        case SQLITE_IOERR_TRUNCATE:
          return false;
        default:
          return true;
      }
    default:
      return true;
  }
}

/// The same for a commit. Its frames are in the WAL before SQLite enters them into the WAL's index:
/// if that fails, for the index can't grow, the next process that opens the WAL finds the commit.
/// It does not exist after these errors: the frame that makes it one is the last that is written
/// (write_combining_vfs.h writes it with the last of them, and in their order).
bool is_final_in_commit(const SQLite::Exception& error) {
  const int code = error.getErrorCode();
  return code != SQLITE_BUSY && code != SQLITE_FULL &&
         error.getExtendedErrorCode() != SQLITE_IOERR_WRITE;
}

/// Runs a statement that gives no rows.
void run(RawStatement& statement) {
  const ResetAtEnd reset(statement);
  statement.step();
}

/// What `read` makes of the statement's first row, and its default value where there is no row.
template <typename Read>
auto first_row(RawStatement& statement, Read read) {
  const ResetAtEnd reset(statement);
  decltype(read(statement)) result{};
  if (statement.step()) result = read(statement);
  return result;
}

std::int64_t first_integer(RawStatement& statement) {
  return first_row(statement, [](RawStatement& row) { return row.integer(0); });
}

DrawPhase draw_phase(RawStatement& row) {
  return {DrawId{row.integer(0)}, row.integer(1) != 0 ? Phase::drawn : Phase::open};
}

/// The statements for the questions of a LedgerView, on a connection of either kind.
struct ViewStatements {
  explicit ViewStatements(SQLite::Database& connection)
      : open_draw(connection, "SELECT draw_id FROM draws WHERE drawn_at IS NULL"),
        newest_draw_of(connection, std::string(draws_of_agency_query) +
                                       " ORDER BY agencies.draw_id DESC LIMIT 1"),
        next_draw_of(connection,
                     std::string(draws_of_agency_query) + " ORDER BY agencies.draw_id LIMIT 1"),
        draw_of_upload(connection, R"sql(
            SELECT draw_id
            FROM uploads
            WHERE agency_id = ? AND upload = ?)sql"),
        books(connection, books_query) {}

  RawStatement open_draw;
  RawStatement newest_draw_of;
  RawStatement next_draw_of;
  RawStatement draw_of_upload;
  RawStatement books;
};

}  // namespace

/// The connection that writes, and its statements. Used by whoever has the turn to write.
class SqliteLedger::Writer {
 public:
  explicit Writer(std::unique_ptr<SQLite::Database> opened) : connection(std::move(opened)) {}

  /// Begins a transaction, waiting for other programs until `deadline`.
  void begin(steady_clock::time_point deadline) {
    busy_deadline = was_held ? steady_clock::now() : deadline;
    was_held = true;
    run(begin_transaction);
    was_held = false;
  }

  std::unique_ptr<SQLite::Database> connection;
  steady_clock::time_point busy_deadline;
  bool was_held = false;  // by another program, when the last transaction was to begin
  WalGeneration marked_wal = wal_generation(*connection);

  RawStatement begin_transaction{*connection, "BEGIN IMMEDIATE"};
  RawStatement commit_transaction{*connection, "COMMIT"};
  ViewStatements view{*connection};
  RawStatement insert_draw{*connection,
                           std::string("INSERT INTO draws (opened_at) VALUES (") + now + ")"};
  RawStatement insert_agency{*connection,
                             "INSERT INTO agencies (draw_id, agency_id) VALUES (?, ?)"};
  BetsInsert bets{*connection};
  RawStatement insert_batch{*connection, std::string(R"sql(
      INSERT INTO batches
          (draw_id, agency_id, batch_number, first_bet_id, bets, sha256, upload, received_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, )sql") + now +
                                             ")"};
  RawStatement insert_upload{*connection,
                             "INSERT INTO uploads (draw_id, agency_id, upload) VALUES (?, ?, ?)"};
  RawStatement upload_of_batch{*connection, R"sql(
      SELECT upload
      FROM batches
      WHERE draw_id = ? AND agency_id = ? AND batch_number = ?)sql"};
  RawStatement bets_of_batch{*connection, R"sql(
      SELECT first_name, last_name, document, birthdate, number
      FROM batches
      CROSS JOIN bets
      WHERE batches.draw_id = ? AND batches.agency_id = ? AND batch_number = ?
        AND bet_id >= first_bet_id AND bet_id < first_bet_id + batches.bets
      ORDER BY bet_id)sql"};
  RawStatement close_books{*connection, std::string(R"sql(
      UPDATE agencies
      SET bets = ?, sha256 = ?, done_at = )sql") +
                                            now + R"sql(
      WHERE draw_id = ? AND agency_id = ?)sql"};
  RawStatement open_books{*connection, R"sql(
      SELECT EXISTS (SELECT 1 FROM agencies WHERE draw_id = ? AND done_at IS NULL))sql"};
  // Nobody has won before the draw, whatever another program has written down.
  RawStatement delete_winners{*connection, "DELETE FROM winners WHERE draw_id = ?"};
  // One pass over the draw's own bets: they lie side by side from its first one on.
  RawStatement insert_winners{*connection, R"sql(
      INSERT INTO winners (draw_id, agency_id, bet_id)
      SELECT draw_id, agency_id, bet_id
      FROM bets
      WHERE bet_id >= (SELECT min(first_bet_id) FROM batches WHERE draw_id = ?1)
        AND draw_id = ?1
        AND number = ?2)sql"};
  RawStatement end_draw{
      *connection,
      std::string("UPDATE draws SET winning_number = ?, drawn_at = ") + now + " WHERE draw_id = ?"};
};

/// A connection that reads, and its statements.
class SqliteLedger::Reader {
 public:
  explicit Reader(std::unique_ptr<SQLite::Database> opened) : connection(std::move(opened)) {}

  std::unique_ptr<SQLite::Database> connection;

  ViewStatements view{*connection};
  RawStatement newest_draw{*connection, R"sql(
      SELECT draw_id, drawn_at IS NOT NULL
      FROM draws
      ORDER BY draw_id DESC
      LIMIT 1)sql"};
  RawStatement bets_of_books{*connection, R"sql(
      SELECT first_name, last_name, document, birthdate, number
      FROM batches
      CROSS JOIN bets
      WHERE batches.draw_id = ? AND batches.agency_id = ?
        AND bet_id >= first_bet_id AND bet_id < first_bet_id + batches.bets
      ORDER BY batch_number, bet_id)sql"};
  RawStatement winners{*connection, R"sql(
      SELECT first_name, last_name, document, birthdate, number
      FROM winners
      JOIN bets USING (bet_id)
      WHERE winners.draw_id = ? AND winners.agency_id = ?
      ORDER BY bet_id)sql"};
};

/// Connections that read, each lent to one thread at a time. Any thread.
class SqliteLedger::Readers {
 public:
  /// One that is lent until this object goes. Waits until one is free. Throws LedgerUnavailable
  /// after end().
  class Loan {
   public:
    explicit Loan(Readers& readers) : readers_(readers), reader_(readers.take()) {}
    ~Loan() { readers_.give_back(reader_); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    Reader& operator*() const noexcept { return reader_; }

   private:
    Readers& readers_;
    Reader& reader_;
  };

  /// Before any is lent.
  void add(std::unique_ptr<SQLite::Database> connection) {
    all_.push_back(std::make_unique<Reader>(std::move(connection)));
    free_.push_back(all_.back().get());
  }

  const std::vector<std::unique_ptr<Reader>>& all() const noexcept { return all_; }

  /// From now on nothing is lent, and nobody waits.
  void end() noexcept {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    became_free_.notify_all();
  }

  void throw_if_over() const {
    if (is_over_) throw LedgerUnavailable("the service is stopping");
  }

 private:
  Reader& take() {
    std::unique_lock lock(mutex_);
    became_free_.wait(lock, [this] { return is_over_ || !free_.empty(); });
    throw_if_over();
    Reader& reader = *free_.back();
    free_.pop_back();
    return reader;
  }

  void give_back(Reader& reader) {
    {
      const std::lock_guard lock(mutex_);
      free_.push_back(&reader);
    }
    became_free_.notify_one();
  }

  std::vector<std::unique_ptr<Reader>> all_;
  std::mutex mutex_;
  std::condition_variable became_free_;
  std::vector<Reader*> free_;
  std::atomic<bool> is_over_ = false;
};

template <typename Call>
auto SqliteLedger::guarded(Call&& call) {
  throw_if_failed();
  try {
    return std::forward<Call>(call)();
  } catch (const SQLite::Exception& error) {
    throw_translated(error, is_final(error));
  }
}

/// What a transaction of either kind answers by key.
template <typename Transaction>
class SqliteLedger::SqliteView : public Transaction {
 public:
  explicit SqliteView(SqliteLedger& ledger) : ledger_(ledger) {}

  std::optional<DrawId> open_draw() override {
    return ledger_.guarded([&] { return first_draw(view().open_draw); });
  }

  std::optional<DrawPhase> newest_draw_of(AgencyId agency) override {
    return ledger_.guarded([&] {
      RawStatement& newest = view().newest_draw_of;
      bind_agency(newest, agency, before_all_draws);
      return first_row(newest, [](RawStatement& row) { return std::optional(draw_phase(row)); });
    });
  }

  std::optional<DrawId> next_draw_of(AgencyId agency, DrawId draw) override {
    return ledger_.guarded([&] {
      bind_agency(view().next_draw_of, agency, draw);
      return first_draw(view().next_draw_of);
    });
  }

  std::optional<DrawId> draw_of_upload(AgencyId agency, const UploadId& upload) override {
    return ledger_.guarded([&] {
      view().draw_of_upload.bind(1, std::int64_t{agency.value});
      view().draw_of_upload.bind(2, upload.hex);
      return first_draw(view().draw_of_upload);
    });
  }

  std::optional<AgencyBooks> books(DrawId draw, AgencyId agency) override {
    return ledger_.guarded([&] {
      view().books.bind(1, draw.value);
      view().books.bind(2, std::int64_t{agency.value});
      return first_row(view().books, [](RawStatement& row) {
        const bool is_drawn = row.integer(0) != 0;
        const bool is_closed = row.integer(1) != 0;
        AgencyBooks books{.batches = row.integer(4)};
        if (is_closed) {
          books.state = BooksState::closed;
          books.balance = Books{row.integer(2), std::string(row.text(3))};
        }
        if (is_drawn) books.state = BooksState::drawn;
        return std::optional(books);
      });
    });
  }

 private:
  static void bind_agency(RawStatement& draws_of_agency, AgencyId agency, DrawId after) {
    draws_of_agency.bind(1, std::int64_t{agency.value});
    draws_of_agency.bind(2, after.value);
  }

  static std::optional<DrawId> first_draw(RawStatement& draws) {
    return first_row(draws,
                     [](RawStatement& row) { return std::optional(DrawId{row.integer(0)}); });
  }

  virtual ViewStatements& view() = 0;

  SqliteLedger& ledger_;
};

class SqliteLedger::SqliteWriteTransaction : public SqliteView<WriteTransaction> {
 public:
  /// The turn to write must be this thread's. Other programs are waited for until `deadline`.
  SqliteWriteTransaction(SqliteLedger& ledger, steady_clock::time_point deadline)
      : SqliteView(ledger), ledger_(ledger), writer_(*ledger.writer_) {
    ledger_.guarded([&] { writer_.begin(deadline); });
  }

  ~SqliteWriteTransaction() override {
    // SQLite itself has rolled back after some errors. A rollback frees what was not committed and
    // writes nothing; if it failed, the next BEGIN would, and says so.
    if (sqlite3_get_autocommit(writer_.connection->getHandle()) == 0) {
      writer_.connection->tryExec("ROLLBACK");
    }
  }

  DrawId begin_draw(std::span<const AgencyId> agencies) override {
    return ledger_.guarded([&] {
      run(writer_.insert_draw);
      const DrawId draw{writer_.connection->getLastInsertRowid()};
      for (const AgencyId agency : agencies) {
        writer_.insert_agency.bind(1, draw.value);
        writer_.insert_agency.bind(2, std::int64_t{agency.value});
        run(writer_.insert_agency);
      }
      return draw;
    });
  }

  void begin_upload(DrawId draw, AgencyId agency, const UploadId& upload) override {
    ledger_.guarded([&] {
      writer_.insert_upload.bind(1, draw.value);
      writer_.insert_upload.bind(2, std::int64_t{agency.value});
      writer_.insert_upload.bind(3, upload.hex);
      run(writer_.insert_upload);
    });
  }

  StoredBatch compare_batch(DrawId draw, AgencyId agency, std::int64_t number,
                            const UploadId& upload, std::span<const Bet> bets) override {
    return ledger_.guarded([&] {
      RawStatement& stored_upload = writer_.upload_of_batch;
      bind_batch(stored_upload, draw, agency, number);
      const bool is_of_upload =
          first_row(stored_upload, [&](RawStatement& row) { return row.text(0) == upload.hex; });
      if (!is_of_upload) return StoredBatch::of_another_upload;

      RawStatement& stored = writer_.bets_of_batch;
      const ResetAtEnd reset(stored);
      bind_batch(stored, draw, agency, number);
      for (const Bet& bet : bets) {
        if (!stored.step() || stored.bet() != bet) return StoredBatch::with_other_bets;
      }
      return stored.step() ? StoredBatch::with_other_bets : StoredBatch::same;
    });
  }

  void store_batch(DrawId draw, AgencyId agency, std::int64_t number,
                   const std::optional<UploadId>& upload, std::span<const Bet> bets,
                   const std::string& sha256) override {
    ledger_.guarded([&] {
      const std::int64_t first_bet_id = writer_.bets.insert(draw, agency, bets);
      RawStatement& batch = writer_.insert_batch;
      bind_batch(batch, draw, agency, number);
      batch.bind(4, first_bet_id);
      batch.bind(5, static_cast<std::int64_t>(bets.size()));
      batch.bind(6, sha256);
      if (upload) {
        batch.bind(7, upload->hex);
      } else {
        batch.bind_null(7);
      }
      run(batch);
    });
  }

  void close_books(DrawId draw, AgencyId agency, const Books& balance) override {
    ledger_.guarded([&] {
      writer_.close_books.bind(1, balance.bets);
      writer_.close_books.bind(2, balance.sha256);
      writer_.close_books.bind(3, draw.value);
      writer_.close_books.bind(4, std::int64_t{agency.value});
      run(writer_.close_books);
    });
  }

  bool all_books_closed(DrawId draw) override {
    return ledger_.guarded([&] {
      writer_.open_books.bind(1, draw.value);
      return first_integer(writer_.open_books) == 0;
    });
  }

  std::int64_t draw_winners(DrawId draw, std::int32_t winning_number) override {
    return ledger_.guarded([&] {
      writer_.delete_winners.bind(1, draw.value);
      run(writer_.delete_winners);
      writer_.insert_winners.bind(1, draw.value);
      writer_.insert_winners.bind(2, std::int64_t{winning_number});
      run(writer_.insert_winners);
      const std::int64_t winners = sqlite3_changes64(writer_.connection->getHandle());
      writer_.end_draw.bind(1, std::int64_t{winning_number});
      writer_.end_draw.bind(2, draw.value);
      run(writer_.end_draw);
      return winners;
    });
  }

  void commit() override {
    const std::lock_guard gate(ledger_.commit_gate_);
    ledger_.throw_if_failed();
    try {
      run(writer_.commit_transaction);
    } catch (const SQLite::Exception& error) {
      ledger_.throw_translated(error, is_final_in_commit(error));
    }
    ledger_.wal_sync_->committed();
  }

 private:
  ViewStatements& view() override { return writer_.view; }

  static void bind_batch(RawStatement& statement, DrawId draw, AgencyId agency,
                         std::int64_t number) {
    statement.bind(1, draw.value);
    statement.bind(2, std::int64_t{agency.value});
    statement.bind(3, number);
  }

  SqliteLedger& ledger_;
  Writer& writer_;
};

class SqliteLedger::SqliteReadTransaction : public SqliteView<ReadTransaction> {
 public:
  SqliteReadTransaction(SqliteLedger& ledger, Readers& readers)
      : SqliteView(ledger), ledger_(ledger), readers_(readers), loan_(readers), reader_(*loan_) {
    ledger_.guarded([&] { reader_.connection->exec("BEGIN"); });
  }

  ~SqliteReadTransaction() override {
    reader_.connection->tryExec("ROLLBACK");
    // A commit may be seen before it is counted; once through the gate, the sync() that comes
    // before the answer covers it.
    const std::lock_guard gate(ledger_.commit_gate_);
  }

  std::optional<DrawPhase> newest_draw() override {
    return ledger_.guarded([&] {
      return first_row(reader_.newest_draw,
                       [](RawStatement& row) { return std::optional(draw_phase(row)); });
    });
  }

  void each_bet(DrawId draw, AgencyId agency, const std::function<void(const Bet&)>& bet) override {
    each_row(reader_.bets_of_books, draw, agency, [&](const Bet& row) {
      readers_.throw_if_over();
      bet(row);
    });
  }

  void each_winner(DrawId draw, AgencyId agency,
                   const std::function<void(const Bet&)>& winner) override {
    each_row(reader_.winners, draw, agency, [&](const Bet& row) {
      readers_.throw_if_over();
      winner(row);
    });
  }

 private:
  ViewStatements& view() override { return reader_.view; }

  void each_row(RawStatement& rows, DrawId draw, AgencyId agency,
                const std::function<void(const Bet&)>& take) {
    ledger_.guarded([&] {
      const ResetAtEnd reset(rows);
      rows.bind(1, draw.value);
      rows.bind(2, std::int64_t{agency.value});
      while (rows.step()) take(rows.bet());
    });
  }

  SqliteLedger& ledger_;
  Readers& readers_;
  Readers::Loan loan_;
  Reader& reader_;
};

SqliteLedger::SqliteLedger(const std::filesystem::path& path,
                           std::function<void(const std::string&)> on_failure)
    : on_failure_(std::move(on_failure)), file_(path) {
  with_database_errors(file_.path(), [this] { open_connections(); });
}

void SqliteLedger::open_connections() {
  writer_ = std::make_unique<Writer>(file_.connect_to_write());
  sqlite3* const handle = writer_->connection->getHandle();

  // SQLite's own busy handler does not know when the transaction began to wait for its turn.
  sqlite3_busy_handler(
      handle,
      [](void* writer, int) {
        if (steady_clock::now() >= static_cast<Writer*>(writer)->busy_deadline) return 0;
        std::this_thread::sleep_for(other_writers_poll);
        return 1;
      },
      writer_.get());

  readers_ = std::make_unique<Readers>();
  readers_->add(file_.connect_to_read());
  long_readers_ = std::make_unique<Readers>();
  for (unsigned int i = 0; i < long_readers_max(); ++i) {
    long_readers_->add(file_.connect_to_read());
  }
  wal_sync_ = std::make_unique<WalSync>(file_.wal_path());
  wal_place_.emplace(file_.wal_path());

  checkpointer_ = std::make_unique<Checkpointer>(
      file_.connect_to_checkpoint(), write_queue_,
      [this](const SQLite::Exception& error) {
        if (is_final(error)) fail(error.what());
      },
      [this] { return !has_failed(); });
  sqlite3_wal_hook(
      handle,
      [](void* checkpointer, sqlite3*, const char*, int pages) {
        static_cast<Checkpointer*>(checkpointer)->wal_has(pages);
        return SQLITE_OK;
      },
      checkpointer_.get());
}

SqliteLedger::~SqliteLedger() {
  checkpointer_.reset();
  if (failure_) {
    // The last connection would copy a WAL of which nobody knows what is in it.
    const auto keep_wal = [](const SQLite::Database& connection) {
      sqlite3_db_config(connection.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    };
    keep_wal(*writer_->connection);
    for (const Readers* readers : {readers_.get(), long_readers_.get()}) {
      for (const auto& reader : readers->all()) keep_wal(*reader->connection);
    }
  }
}

void SqliteLedger::write(const std::function<void(WriteTransaction&)>& work) {
  const auto deadline = steady_clock::now() + other_writers_wait_max;
  write_queue_.run([&] {
    {
      SqliteWriteTransaction transaction(*this, deadline);
      work(transaction);
    }
    mark_new_wal();
  });
}

void SqliteLedger::mark_new_wal() {
  try {
    const WalGeneration generation = wal_generation(*writer_->connection);
    if (generation == writer_->marked_wal) return;
    // If this ends early, the next WAL is marked again, and this one stays as it is: what was
    // committed is stored, and must not be refused for the sake of a mark.
    writer_->marked_wal = generation;
    writer_->busy_deadline = steady_clock::now();
    raise_change_counter(*writer_->connection);
    if (has_failed() || !copy_whole_wal(*writer_->connection) || has_failed()) return;
    raise_change_counter(*writer_->connection);
    writer_->marked_wal = wal_generation(*writer_->connection);
  } catch (const SQLite::Exception& error) {
    if (is_final_in_commit(error)) throw_translated(error, true);
  }
}

std::unique_ptr<ReadTransaction> SqliteLedger::begin_read() {
  return std::make_unique<SqliteReadTransaction>(*this, *readers_);
}

std::unique_ptr<ReadTransaction> SqliteLedger::begin_long_read() {
  return std::make_unique<SqliteReadTransaction>(*this, *long_readers_);
}

void SqliteLedger::end_reads() noexcept {
  long_readers_->end();
  readers_->end();
}

void SqliteLedger::sync() {
  throw_if_failed();
  try {
    wal_sync_->sync();
    file_.identity().throw_if_moved();
    wal_place_->throw_if_moved();
  } catch (const std::runtime_error& error) {
    throw LedgerFailed(fail(error.what()));
  }
}

std::string SqliteLedger::fail(const std::string& why) {
  const std::lock_guard lock(failure_mutex_);
  if (!failure_) {
    failure_ = "the database " + file_.path().string() + " has failed: " + why;
    on_failure_(*failure_);
  }
  return *failure_;
}

bool SqliteLedger::has_failed() {
  const std::lock_guard lock(failure_mutex_);
  return failure_.has_value();
}

void SqliteLedger::throw_if_failed() {
  const std::lock_guard lock(failure_mutex_);
  if (failure_) throw LedgerFailed(*failure_);
}

void SqliteLedger::throw_translated(const SQLite::Exception& error, bool is_final) {
  if (is_final) throw LedgerFailed(fail(error.what()));
  throw LedgerUnavailable(std::string("the database can't take it now: ") + error.what());
}

}  // namespace lottery
