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

/// The interface between the lottery's rules (lottery.h) and an engine that stores the ledger: what
/// the rules read and write, and what the engine must guarantee. SqliteLedger and PostgresqlLedger
/// implement it; the unit tests of the rules use an implementation in memory.
namespace lottery {

struct DrawId {
  std::int64_t value = 0;

  auto operator<=>(const DrawId&) const = default;
};

/// A bet's number in the order of storing, from 1.
struct BetId {
  std::int64_t value = 0;

  auto operator<=>(const BetId&) const = default;
};

/// A read or a write failed and had no effect, for example because the disk is full. It may succeed
/// later.
class LedgerUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What is stored is no longer known, for example after a failed sync or after the file was
/// replaced. Final: from then on, every call to this ledger throws LedgerFailed.
class LedgerFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Whether a transaction is stored is unknown, and will not be known soon. The caller must answer
/// neither that it is stored nor that it is not. The ledger remains usable.
class OutcomeUnknown : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The state of a draw.
enum class Phase : std::uint8_t { open, drawn };

struct DrawPhase {
  DrawId draw;
  Phase phase = Phase::open;
};

/// The state of an agency's books in a draw.
struct AgencyBooks {
  BooksState state = BooksState::open;
  std::int64_t batches = 0;        ///< the number of its last one
  std::optional<Books> balance{};  ///< what the books were closed with; empty while they are open
};

/// Milliseconds since 1970-01-01T00:00:00Z.
using UnixTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// The stored record of a draw.
struct DrawRecord {
  DrawId draw;
  UnixTime opened_at{};
  std::optional<UnixTime> drawn_at{};            ///< empty while the draw is open
  std::optional<std::int32_t> winning_number{};  ///< likewise
};

/// The stored record of an agency in a draw, without its batches.
struct AgencyRecord {
  AgencyId agency;
  std::int64_t batches = 0;           ///< the number of its last one
  std::optional<UnixTime> done_at{};  ///< empty while its books are open
};

/// The sums over some batches of an agency.
struct BatchTotals {
  std::int64_t bets = 0;
  std::optional<UnixTime> last_received_at{};  ///< empty if there is no batch
};

/// Where a ledger stores its data, and how large the data is.
struct LedgerFiles {
  std::string engine;                            ///< "sqlite" or "postgresql"
  std::string location;                          ///< contains no secret
  std::optional<std::int64_t> database_bytes{};  ///< empty if unknown
  std::optional<std::int64_t> free_bytes{};      ///< on their file system; empty if unknown
  std::optional<std::int64_t> wal_bytes{};       ///< empty if the engine manages its WAL itself
};

/// The result of comparing a stored batch with a received batch of the same number.
enum class StoredBatch : std::uint8_t {
  same,               ///< same upload, same bets in the same order
  of_another_upload,  ///< stored by another upload, or without one
  with_other_bets,    ///< same upload, but other bets
};

/// Lookups by key. Both kinds of transaction offer them.
class LedgerView {
 public:
  virtual ~LedgerView() = default;
  LedgerView(const LedgerView&) = delete;
  LedgerView& operator=(const LedgerView&) = delete;

  virtual std::optional<DrawId> open_draw() = 0;

  /// The newest draw in which this agency has placed a bet or sent a DONE.
  virtual std::optional<DrawPhase> newest_draw_of(AgencyId agency) = 0;

  /// The first draw after `draw` in which this agency has placed a bet or sent a DONE.
  virtual std::optional<DrawId> next_draw_of(AgencyId agency, DrawId draw) = 0;

  /// The draw that begin_upload() recorded for this upload.
  virtual std::optional<DrawId> draw_of_upload(AgencyId agency, const UploadId& upload) = 0;

  /// Empty if the draw does not exist or does not include this agency.
  virtual std::optional<AgencyBooks> books(DrawId draw, AgencyId agency) = 0;

 protected:
  LedgerView() = default;
};

/// A transaction that writes for one agency. commit() stores all of it; if the transaction ends
/// without commit(), nothing is stored. Used by one thread. Every call may throw LedgerUnavailable
/// or LedgerFailed.
///
/// An engine may run transactions of different agencies concurrently (PostgresqlLedger does,
/// SqliteLedger does not). The rules rely on these guarantees, and on no others:
///
/// 1. One agency's transactions run one after another. Each sees everything that the earlier ones
///    committed.
/// 2. A transaction sees other agencies' transactions only after their commit, and then completely.
///    Two lookups in one transaction may see different states, because another agency's transaction
///    may commit between them.
/// 3. At most one draw is open. If another transaction has begun a draw and is not finished,
///    begin_draw() waits for it, and returns that draw if it was committed.
/// 4. Closing books of one draw is serialized: if another transaction has closed books of the same
///    draw and is not finished, close_books() waits for it. After that, all_books_closed() counts
///    every committed closing. So if the last two DONEs arrive at once, exactly one of them finds
///    all books closed, and only that one draws.
/// 5. draw_winners() finds every bet of the draw. This follows from 1 and 4: an agency's bets are
///    committed before its books are closed, and closed books accept no more bets.
/// 6. A transaction that begins after commit() has returned sees that commit.
class WriteTransaction : public LedgerView {
 public:
  /// Opens the next draw with these agencies, which never change afterwards. open_draw() must have
  /// returned nothing in this transaction. Returns the new draw, or the draw that another agency's
  /// transaction has opened in the meantime.
  virtual DrawId begin_draw(std::span<const AgencyId> agencies) = 0;

  /// Records that this upload, which has stored no batch yet, belongs to `draw`.
  virtual void begin_upload(DrawId draw, AgencyId agency, const UploadId& upload) = 0;

  /// Stores `bets` in their order as the agency's batch `number`, which must be one more than the
  /// number of its last batch. `sha256` is the hash of their lines. `upload` is empty for a batch
  /// that came without a number.
  virtual void store_batch(DrawId draw, AgencyId agency, std::int64_t number,
                           const std::optional<UploadId>& upload, std::span<const Bet> bets,
                           const std::string& sha256, const Sender& sender) = 0;

  /// Compares the stored batch `number`, which must exist, with these bets of this upload.
  virtual StoredBatch compare_batch(DrawId draw, AgencyId agency, std::int64_t number,
                                    const UploadId& upload, std::span<const Bet> bets) = 0;

  /// Closes the agency's books, and stores their balance and who has closed them.
  virtual void close_books(DrawId draw, AgencyId agency, const Books& balance,
                           const Sender& sender) = 0;

  /// True if every agency of the draw has closed its books. Call it only after close_books() in
  /// this transaction.
  virtual bool all_books_closed(DrawId draw) = 0;

  /// Stores the winners (every bet of the draw on `winning_number`) and marks the draw as drawn.
  /// all_books_closed() must have returned true. Returns the number of winners.
  virtual std::int64_t draw_winners(DrawId draw, std::int32_t winning_number) = 0;

  virtual void commit() = 0;
};

/// A snapshot of the committed data: it does not change while the transaction lasts, whatever
/// others write. Used by one thread. Every call may throw LedgerUnavailable or LedgerFailed.
class ReadTransaction : public LedgerView {
 public:
  virtual std::optional<DrawPhase> newest_draw() = 0;

  /// Calls `bet` for every bet in the agency's batches after `after_batch` (0: all batches), in the
  /// order of storing. The argument is valid during the call only.
  virtual void each_bet(DrawId draw, AgencyId agency, std::int64_t after_batch,
                        const std::function<void(const Bet&)>& bet) = 0;

  /// Calls `winner` for the agency's winning bets that come after the bet `after`, in the order of
  /// storing, at most `winners_max` times. The argument is valid during the call only. Returns the
  /// last of these bets, or nothing if there was none.
  virtual std::optional<BetId> winners_after(DrawId draw, AgencyId agency, BetId after,
                                             std::size_t winners_max,
                                             const std::function<void(const Bet&)>& winner) = 0;

  /// The newest draws, newest first, at most `draws_max`.
  virtual std::vector<DrawRecord> newest_draws(std::size_t draws_max) = 0;

  /// The agencies of a draw, by id. Reads no bets, and only the last batch of each agency.
  virtual std::vector<AgencyRecord> agencies_of(DrawId draw) = 0;

  /// The sums over the agency's batches after `after_batch`. Reads these batches, and no bets.
  virtual BatchTotals totals_after(DrawId draw, AgencyId agency, std::int64_t after_batch) = 0;

  /// The number of bets in the closed books of a draw. Reads no batches and no bets.
  virtual std::int64_t bets_in_closed_books(DrawId draw) = 0;

  /// The number of winners of each agency that has winners. Empty while the draw is open. Reads no
  /// bets.
  virtual std::map<AgencyId, std::int64_t> winners_by_agency(DrawId draw) = 0;
};

/// A ledger. It must outlive its transactions. Any thread may call.
class Ledger {
 public:
  virtual ~Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// Calls `work` with a transaction that writes for `agency`, when the agency may write, and
  /// returns when `work` has returned. `work` may run on another thread, and may be called again
  /// with a new transaction if the engine has to give up the first, so it must be repeatable.
  /// Throws LedgerUnavailable, LedgerFailed, OutcomeUnknown, and what `work` throws.
  virtual void write(AgencyId agency, const std::function<void(WriteTransaction&)>& work) = 0;

  /// Throws LedgerUnavailable or LedgerFailed if nothing can be stored at present, for example
  /// because the disk is full. Tests this by storing something that changes nothing, unless a test
  /// within the last second succeeded.
  virtual void check_that_it_stores() = 0;

  /// For lookups by key.
  virtual std::unique_ptr<ReadTransaction> begin_read() = 0;

  /// For reading whole books. Does not delay lookups or batches. Waits while long_reads_max() of
  /// these transactions exist.
  virtual std::unique_ptr<ReadTransaction> begin_long_read() = 0;

  /// The number of long reads that are worth running at once. Constant, at least 1.
  virtual int long_reads_max() const noexcept = 0;

  /// A number that changes when another program changes the stored data. Then the rules reread what
  /// they remember from earlier reads. Empty if the engine can't detect such changes; then the
  /// rules remember nothing. Throws LedgerUnavailable or LedgerFailed.
  virtual std::optional<std::int64_t> changes_by_others() = 0;

  /// From now on, calls `drawn` on another thread whenever another service on the same ledger may
  /// have drawn. An empty `drawn` ends this; the call then returns when no `drawn` is running. The
  /// default implementation is for engines that only one service can use.
  virtual void watch_draws(const std::function<void()>& /*drawn*/) {}

  /// From now on every ReadTransaction throws LedgerUnavailable, even one that waits or is in
  /// progress. Shutdown can't wait for whole books or a million winners.
  virtual void end_reads() noexcept = 0;

  /// Makes durable everything that transactions which ended before this call have committed or
  /// seen, so that it survives a power loss. Nothing of it may leave the process before; the rules
  /// ensure this (not_yet_durable.h). Returns at once if there is nothing new. Throws LedgerFailed,
  /// and OutcomeUnknown if this ledger can't make it durable at present.
  virtual void sync() = 0;

  /// Counters of the ledger's own work.
  virtual const LedgerMetrics& metrics() const noexcept = 0;

  /// Reads only the sizes of files, or the database's own figure.
  virtual LedgerFiles files() const = 0;

 protected:
  Ledger() = default;
};

}  // namespace lottery
