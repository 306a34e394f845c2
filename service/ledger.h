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

/// What the lottery's rules (lottery.h) need written down and read back, and what an engine that
/// keeps it must guarantee. SqliteLedger keeps it in bets.db; the rules' tests keep it in memory.
namespace lottery {

struct DrawId {
  std::int64_t value = 0;

  auto operator<=>(const DrawId&) const = default;
};

/// Bets are numbered in the order in which they were stored, from 1.
struct BetId {
  std::int64_t value = 0;

  auto operator<=>(const BetId&) const = default;
};

/// A write or a read that did not happen, and may succeed later: the disk is full, say. Nothing of
/// the transaction is stored.
class LedgerUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// It is not known any more what is stored: a sync has failed, or the file is gone, say. Final:
/// from the first of these on, every call of that ledger throws one.
class LedgerFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// It is not known whether a transaction is stored, and will not be soon. Nothing may be answered
/// to who has asked for it: neither that it is stored nor that it is not. The ledger goes on.
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
  std::int64_t batches = 0;        ///< the number of its last one
  std::optional<Books> balance{};  ///< what the books were closed with; nothing while they are open
};

/// Milliseconds since 1970-01-01T00:00:00Z.
using UnixTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// What is written down of a draw as a whole.
struct DrawRecord {
  DrawId draw;
  UnixTime opened_at{};
  std::optional<UnixTime> drawn_at{};            ///< nothing while the draw is open
  std::optional<std::int32_t> winning_number{};  ///< the same
};

/// What is written down of an agency in a draw, without its batches.
struct AgencyRecord {
  AgencyId agency;
  std::int64_t batches = 0;           ///< the number of its last one
  std::optional<UnixTime> done_at{};  ///< nothing while its books are open
};

/// Batches of an agency, added up.
struct BatchTotals {
  std::int64_t bets = 0;
  std::optional<UnixTime> last_received_at{};  ///< nothing if there are none
};

/// The place where a ledger stores its data, and its size.
struct LedgerFiles {
  std::string engine;                            ///< "sqlite"
  std::string location;                          ///< without a secret
  std::optional<std::int64_t> database_bytes{};  ///< nothing if it is not known
  std::optional<std::int64_t> free_bytes{};      ///< where they are; nothing if it is not known
  std::optional<std::int64_t> wal_bytes{};       ///< nothing if the engine has no WAL of its own
};

/// How a batch that is stored compares with one that has come under the same number.
enum class StoredBatch : std::uint8_t {
  same,               ///< the same upload has stored it, with the same bets in the same order
  of_another_upload,  ///< or of none
  with_other_bets,    ///< the same upload has stored it
};

/// Questions that are answered by key. A transaction of either kind answers them.
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

/// A transaction that writes for one agency. All of it is stored at commit(), and none of it if it
/// ends before. Belongs to one thread. Every call may throw LedgerUnavailable or LedgerFailed.
///
/// An engine may run the transactions of different agencies at the same time (SqliteLedger does
/// not). The rules rely on these guarantees, and on no others:
///
/// 1. One agency's transactions run one after the other. Each sees all that the earlier ones have
///    committed.
/// 2. A transaction sees what other agencies' transactions have committed, each as a whole, and
///    nothing that they have not committed. Two questions of one transaction may be answered from
///    two moments: another agency's transaction may commit in between.
/// 3. At most one draw is open. begin_draw() waits while another transaction that has begun a draw
///    is under way, and then returns that draw if it was committed.
/// 4. The closing of a draw's books is serialized: close_books() waits while another transaction
///    that has closed books of the same draw is under way. After it, all_books_closed() counts
///    every closing that was committed. So of two last DONEs at once, exactly one finds all books
///    closed, and it alone draws.
/// 5. draw_winners() finds every bet of the draw. This follows from 1 and 4: an agency's bets are
///    committed before its books are closed, and closed books take no more.
/// 6. A transaction that begins after commit() has returned sees that commit.
class WriteTransaction : public LedgerView {
 public:
  /// Opens the next draw, with these agencies, for good. open_draw() must have found none in this
  /// transaction. Returns the draw, or the one that another agency's transaction has opened since.
  virtual DrawId begin_draw(std::span<const AgencyId> agencies) = 0;

  /// Writes down that this upload of the agency, which has stored no batch yet, belongs to `draw`.
  virtual void begin_upload(DrawId draw, AgencyId agency, const UploadId& upload) = 0;

  /// Stores `bets`, in their order, as the agency's batch `number`, which must be the one after its
  /// last, with who has sent it. `sha256` is that of their lines. A batch without a number of its
  /// own has no upload.
  virtual void store_batch(DrawId draw, AgencyId agency, std::int64_t number,
                           const std::optional<UploadId>& upload, std::span<const Bet> bets,
                           const std::string& sha256, const Sender& sender) = 0;

  /// Compares the batch that is stored under `number`, which must be there, with these bets of this
  /// upload.
  virtual StoredBatch compare_batch(DrawId draw, AgencyId agency, std::int64_t number,
                                    const UploadId& upload, std::span<const Bet> bets) = 0;

  /// Closes the agency's books, and writes down their balance and who has closed them.
  virtual void close_books(DrawId draw, AgencyId agency, const Books& balance,
                           const Sender& sender) = 0;

  /// True if every agency of the draw has closed its books. This transaction must have closed some
  /// of them.
  virtual bool all_books_closed(DrawId draw) = 0;

  /// Writes down the winners, which are every bet of the draw on `winning_number`, and that the
  /// draw is drawn. all_books_closed() must have been true. Returns how many winners there are.
  virtual std::int64_t draw_winners(DrawId draw, std::int32_t winning_number) = 0;

  virtual void commit() = 0;
};

/// A view of what is committed, the same for its whole life, whatever is written meanwhile. Belongs
/// to one thread. Every call may throw LedgerUnavailable or LedgerFailed.
class ReadTransaction : public LedgerView {
 public:
  virtual std::optional<DrawPhase> newest_draw() = 0;

  /// Hands over every bet of the agency's batches after `after_batch` (0: of all), in the order in
  /// which they were stored. Each lives for the call only.
  virtual void each_bet(DrawId draw, AgencyId agency, std::int64_t after_batch,
                        const std::function<void(const Bet&)>& bet) = 0;

  /// Hands over the agency's winning bets that come after the bet `after`, in the order in which
  /// they were stored, and at most `winners_max` of them. Each lives for the call only. Returns the
  /// last one, or nothing if there was none.
  virtual std::optional<BetId> winners_after(DrawId draw, AgencyId agency, BetId after,
                                             std::size_t winners_max,
                                             const std::function<void(const Bet&)>& winner) = 0;

  /// The newest draws, at most `draws_max` of them, the newest first.
  virtual std::vector<DrawRecord> newest_draws(std::size_t draws_max) = 0;

  /// The agencies of a draw, by id. Reads no bets, and of each agency's batches only the last.
  virtual std::vector<AgencyRecord> agencies_of(DrawId draw) = 0;

  /// The agency's batches after `after_batch`. Reads these, and no bets.
  virtual BatchTotals totals_after(DrawId draw, AgencyId agency, std::int64_t after_batch) = 0;

  /// How many bets the closed books of a draw have. Reads no batches, and no bets.
  virtual std::int64_t bets_in_closed_books(DrawId draw) = 0;

  /// The number of winners of each agency that has winners. Empty while the draw is open. Reads no
  /// bets.
  virtual std::map<AgencyId, std::int64_t> winners_by_agency(DrawId draw) = 0;
};

/// Any thread may call; it outlives its transactions.
class Ledger {
 public:
  virtual ~Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// Calls `work` with a transaction that writes for `agency` when its turn has come, maybe on
  /// another thread, and returns when it is done. An engine that has to give up a transaction may
  /// call `work` again with a new one, so `work` must be repeatable. Throws LedgerUnavailable,
  /// LedgerFailed, OutcomeUnknown, and what `work` throws.
  virtual void write(AgencyId agency, const std::function<void(WriteTransaction&)>& work) = 0;

  /// Throws LedgerUnavailable or LedgerFailed if nothing can be stored now: the disk is full, say.
  /// Finds out by storing something that changes nothing, unless that has succeeded within the last
  /// second.
  virtual void check_that_it_stores() = 0;

  /// For a question that is answered by key.
  virtual std::unique_ptr<ReadTransaction> begin_read() = 0;

  /// For reading whole books. Keeps no question and no batch waiting. Waits if there are
  /// long_reads_max() of these already.
  virtual std::unique_ptr<ReadTransaction> begin_long_read() = 0;

  /// How many long reads at once are worthwhile; always the same, and 1 or more.
  virtual int long_reads_max() const noexcept = 0;

  /// A number that differs from the one before if somebody else has changed what is stored in
  /// between: the rules then read anew what they have remembered from earlier reads. Nothing means
  /// that the engine can't notice it: then the rules remember nothing that they have read. Throws
  /// LedgerUnavailable or LedgerFailed.
  virtual std::optional<std::int64_t> changes_by_others() = 0;

  /// From now on calls `drawn`, on another thread, when another service on the same ledger may have
  /// drawn. Nothing ends that, and returns once no call is under way. The default is for an engine
  /// that no two services use.
  virtual void watch_draws(const std::function<void()>& /*drawn*/) {}

  /// From now on every ReadTransaction throws LedgerUnavailable, even if it waits for its turn or
  /// is under way: a service that stops can't wait for whole books, or for a million winners.
  virtual void end_reads() noexcept = 0;

  /// Returns once everything survives a loss of power that the transactions which ended before the
  /// call have committed or seen. Nothing of it may be told to others before; the rules see to that
  /// (untold.h). Returns at once if nothing new was committed. Throws LedgerFailed.
  virtual void sync() = 0;

  /// What the ledger has counted of its own work.
  virtual const LedgerMetrics& metrics() const noexcept = 0;

  /// Reads no more than the sizes of files.
  virtual LedgerFiles files() const = 0;

 protected:
  Ledger() = default;
};

}  // namespace lottery
