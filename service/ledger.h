#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "protocol/agency_id.h"
#include "protocol/bet.h"
#include "protocol/books.h"
#include "protocol/upload_id.h"
#include "service/ledger_metrics.h"
#include "service/sender.h"

/// The interface between the lottery's rules (lottery.h) and storage: what the rules write and
/// read, and what a storage engine must guarantee. SqliteLedger keeps the ledger in bets.db,
/// PostgresqlLedger in a PostgreSQL database; the rules' tests keep it in memory.
namespace lottery {

struct DrawId {
  std::int64_t value = 0;

  auto operator<=>(const DrawId&) const = default;
};

/// Bets are numbered from 1, in the order in which they were stored.
struct BetId {
  std::int64_t value = 0;

  auto operator<=>(const BetId&) const = default;
};

/// A write or a read did not happen, but may succeed later, for example because the disk is full.
/// Nothing of the transaction is stored.
class LedgerUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// It is no longer known what is stored, for example because a sync has failed or the file is gone.
/// This is final: every later call of that ledger throws LedgerFailed.
class LedgerFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// It is not known whether a transaction is stored, and it will not be known soon. The client must
/// get no answer: neither that it is stored nor that it is not. The ledger stays usable.
class OutcomeUnknown : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How far a draw is.
enum class Phase : std::uint8_t { open, drawn };

struct DrawPhase {
  DrawId draw;
  Phase phase = Phase::open;
};

/// How far an agency is in a draw.
struct AgencyBooks {
  BooksState state = BooksState::open;
  std::int64_t batches = 0;        ///< the number of the agency's last batch
  std::optional<Books> balance{};  ///< the balance at closing; nothing while the books are open
};

/// Milliseconds since 1970-01-01T00:00:00Z.
using UnixTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// The stored data of a draw as a whole.
struct DrawRecord {
  DrawId draw;
  UnixTime opened_at{};
  std::optional<UnixTime> drawn_at{};            ///< nothing while the draw is open
  std::optional<std::int32_t> winning_number{};  ///< nothing while the draw is open
};

/// The stored data of an agency in a draw, without its batches.
struct AgencyRecord {
  AgencyId agency;
  std::int64_t batches = 0;           ///< the number of the agency's last batch
  std::optional<UnixTime> done_at{};  ///< nothing while its books are open
};

/// Totals of an agency's batches.
struct BatchTotals {
  std::int64_t bets = 0;
  std::optional<UnixTime> last_received_at{};  ///< nothing if there are no batches
};

/// Where a ledger stores its data, and how large the data is.
struct LedgerFiles {
  std::string engine;                            ///< "sqlite" or "postgresql"
  std::string location;                          ///< contains no secret
  std::optional<std::int64_t> database_bytes{};  ///< nothing if unknown
  std::optional<std::int64_t> free_bytes{};      ///< free space at `location`; nothing if unknown
  std::optional<std::int64_t> wal_bytes{};       ///< nothing if the engine has no WAL of its own
};

/// How a stored batch compares with a received batch of the same number.
enum class StoredBatch : std::uint8_t {
  same,               ///< same upload, same bets in the same order
  of_another_upload,  ///< stored by another upload, or without an upload
  with_other_bets,    ///< same upload, other bets
};

/// Queries by key. Read and write transactions both answer them.
class LedgerView {
 public:
  virtual ~LedgerView() = default;
  LedgerView(const LedgerView&) = delete;
  LedgerView& operator=(const LedgerView&) = delete;

  virtual std::optional<DrawId> open_draw() = 0;

  /// The newest draw in which this agency has a bet or a DONE.
  virtual std::optional<DrawPhase> newest_draw_of(AgencyId agency) = 0;

  /// The first draw after `draw` in which this agency has a bet or a DONE.
  virtual std::optional<DrawId> next_draw_of(AgencyId agency, DrawId draw) = 0;

  /// The draw that begin_upload() was called with for this upload of the agency.
  virtual std::optional<DrawId> draw_of_upload(AgencyId agency, const UploadId& upload) = 0;

  /// Nothing if there is no such draw, or if it does not have this agency.
  virtual std::optional<AgencyBooks> books(DrawId draw, AgencyId agency) = 0;

 protected:
  LedgerView() = default;
};

/// A transaction that writes for one agency. commit() stores all of it; if the object is destroyed
/// before commit(), nothing is stored. Belongs to one thread. Every call may throw
/// LedgerUnavailable or LedgerFailed.
///
/// An engine may run the transactions of different agencies at the same time (SqliteLedger does
/// not). The rules rely on these guarantees, and on no others:
///
/// 1. One agency's transactions run one after another. Each sees everything that the earlier ones
///    committed.
/// 2. A transaction sees other agencies' transactions only once they are committed, and each as a
///    whole. Two queries of one transaction may see different moments: another agency's transaction
///    may commit in between.
/// 3. At most one draw is open. If another transaction has begun a draw and is still running,
///    begin_draw() waits for it. If that transaction commits, begin_draw() returns its draw.
/// 4. The closing of a draw's books is serialized: if another transaction has closed books of the
///    same draw and is still running, close_books() waits for it. Afterwards all_books_closed()
///    counts every committed closing. So if two agencies send the last two DONEs at once, exactly
///    one of them finds all books closed, and it alone draws.
/// 5. draw_winners() finds every bet of the draw. This follows from 1 and 4: an agency's bets are
///    committed before its books are closed, and closed books take no more bets.
/// 6. A transaction that begins after commit() has returned sees that commit.
class WriteTransaction : public LedgerView {
 public:
  /// Opens the next draw, with these agencies; they can't be changed later. open_draw() must have
  /// found no draw in this transaction. Returns the new draw, or the draw that another agency's
  /// transaction has opened since.
  virtual DrawId begin_draw(std::span<const AgencyId> agencies) = 0;

  /// Records that this upload of the agency belongs to `draw`. The upload must not have stored a
  /// batch yet.
  virtual void begin_upload(DrawId draw, AgencyId agency, const UploadId& upload) = 0;

  /// Stores `bets`, in their order, as the agency's batch `number`, together with its sender.
  /// `number` must be the agency's last batch number plus one. `sha256` is the SHA-256 of the bets'
  /// lines. `upload` is empty if the batch came without a number.
  virtual void store_batch(DrawId draw, AgencyId agency, std::int64_t number,
                           const std::optional<UploadId>& upload, std::span<const Bet> bets,
                           const std::string& sha256, const Sender& sender) = 0;

  /// Compares the stored batch `number`, which must exist, with these bets of this upload.
  virtual StoredBatch compare_batch(DrawId draw, AgencyId agency, std::int64_t number,
                                    const UploadId& upload, std::span<const Bet> bets) = 0;

  /// Closes the agency's books, and records their balance and the sender that closed them.
  virtual void close_books(DrawId draw, AgencyId agency, const Books& balance,
                           const Sender& sender) = 0;

  /// True if every agency of the draw has closed its books. This transaction must have closed one
  /// of them.
  virtual bool all_books_closed(DrawId draw) = 0;

  /// Records every bet of the draw on `winning_number` as a winner, and the draw as drawn.
  /// all_books_closed() must have returned true. Returns the number of winners.
  virtual std::int64_t draw_winners(DrawId draw, std::int32_t winning_number) = 0;

  virtual void commit() = 0;
};

/// A snapshot of the committed data. It stays the same for the transaction's whole life, whatever
/// is written meanwhile. Belongs to one thread. Every call may throw LedgerUnavailable or
/// LedgerFailed.
class ReadTransaction : public LedgerView {
 public:
  virtual std::optional<DrawPhase> newest_draw() = 0;

  /// Calls `bet` with each bet of the agency's batches after `after_batch` (0: all batches), in the
  /// order in which they were stored. The reference is valid during the call only.
  virtual void each_bet(DrawId draw, AgencyId agency, std::int64_t after_batch,
                        const std::function<void(const Bet&)>& bet) = 0;

  /// Calls `winner` with the agency's winning bets after the bet `after`, in the order in which
  /// they were stored, at most `winners_max` of them. The reference is valid during the call only.
  /// Returns the last winner passed, or nothing if there was none.
  virtual std::optional<BetId> winners_after(DrawId draw, AgencyId agency, BetId after,
                                             std::size_t winners_max,
                                             const std::function<void(const Bet&)>& winner) = 0;

  /// The newest draws, newest first, at most `draws_max` of them.
  virtual std::vector<DrawRecord> newest_draws(std::size_t draws_max) = 0;

  /// The agencies of a draw, by id. Reads no bets, and only the last batch of each agency.
  virtual std::vector<AgencyRecord> agencies_of(DrawId draw) = 0;

  /// Totals of the agency's batches after `after_batch`. Reads these batches, and no bets.
  virtual BatchTotals totals_after(DrawId draw, AgencyId agency, std::int64_t after_batch) = 0;

  /// The number of bets in the closed books of a draw. Reads no batches and no bets.
  virtual std::int64_t bets_in_closed_books(DrawId draw) = 0;

  /// The number of winners of each agency that has winners. Empty while the draw is open. Reads no
  /// bets.
  virtual std::map<AgencyId, std::int64_t> winners_by_agency(DrawId draw) = 0;
};

/// Any thread may call. The ledger must outlive its transactions.
class Ledger {
 public:
  virtual ~Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// Waits for a write turn for `agency`, then calls `work` with a transaction, possibly on another
  /// thread. Returns when `work` has ended. An engine that has to give up a transaction may call
  /// `work` again with a new one, so `work` must be repeatable. Throws LedgerUnavailable,
  /// LedgerFailed, OutcomeUnknown, and whatever `work` throws.
  virtual void write(AgencyId agency, const std::function<void(WriteTransaction&)>& work) = 0;

  /// Throws LedgerUnavailable or LedgerFailed if nothing can be stored now, for example because the
  /// disk is full. Tests it with a write that changes nothing, unless such a write succeeded within
  /// the last second.
  virtual void check_that_it_stores() = 0;

  /// Begins a read transaction for queries by key.
  virtual std::unique_ptr<ReadTransaction> begin_read() = 0;

  /// Begins a read transaction for whole books. It delays no query by key and no batch. Waits while
  /// long_reads_max() of these transactions exist.
  virtual std::unique_ptr<ReadTransaction> begin_long_read() = 0;

  /// The largest useful number of simultaneous long reads. Never changes; 1 or more.
  virtual int long_reads_max() const noexcept = 0;

  /// A number that changes when somebody else changes the stored data. If it has changed, the rules
  /// discard what they remember from earlier reads. Nothing means that the engine can't detect such
  /// changes; the rules then remember nothing. Throws LedgerUnavailable or LedgerFailed.
  virtual std::optional<std::int64_t> changes_by_others() = 0;

  /// From now on, calls `drawn` on another thread when another service on the same ledger may have
  /// drawn. An empty function ends the calls; watch_draws() then returns when no call is running.
  /// The default does nothing: it is for an engine that only one service uses.
  virtual void watch_draws(const std::function<void()>& /*drawn*/) {}

  /// From now on every ReadTransaction throws LedgerUnavailable, even one that is waiting or
  /// running. A service that stops can't wait until whole books, or a million winners, are read.
  virtual void end_reads() noexcept = 0;

  /// Makes durable everything that transactions which ended before this call have committed or
  /// seen, so that it survives a loss of power. None of it may be told to others before; the rules
  /// ensure that (untold.h). Returns at once if nothing new was committed. Throws LedgerFailed.
  virtual void sync() = 0;

  /// The ledger's counters of its own work.
  virtual const LedgerMetrics& metrics() const noexcept = 0;

  /// Reads only file sizes.
  virtual LedgerFiles files() const = 0;

 protected:
  Ledger() = default;
};

}  // namespace lottery
