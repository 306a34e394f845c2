#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "service/storage/postgresql/postgresql_view.h"
#include "service/storage/postgresql/unconfirmed_reads.h"

namespace lottery::postgresql {

/// Identifies a transaction whose COMMIT was not answered, so that it can be looked up.
struct Trace {
  enum class Kind : std::uint8_t { none, batch, closing };

  Kind kind = Kind::none;
  DrawId draw;
  std::int64_t batch = 0;  ///< batch number, for Kind::batch
  std::string token;       ///< unique to the transaction
};

/// A WriteTransaction of the ledger. It begins by locking the agency's row in agency_locks. Other
/// transactions of the agency wait for that lock, whichever service they belong to. What it writes
/// is sent together with its COMMIT.
///
/// Calls throw StatementFailed and ConnectionLost, which PostgresqlLedger::write() converts to the
/// ledger's exceptions.
class PostgresqlWriteTransaction : public PostgresqlView<WriteTransaction> {
 public:
  /// Returns whether the transaction with this trace, which has lost its connection, is stored.
  /// Throws OutcomeUnknown if it can't find out.
  using LookUp = std::function<bool(const Trace&)>;

  /// What all write transactions of a ledger share. It must outlive them.
  struct Context {
    LedgerMetrics& metrics;
    UnconfirmedReads& unconfirmed_reads;
    int synchronous_replicas = 0;  ///< see PostgresqlSettings
  };

  /// `connection` must outlive this.
  PostgresqlWriteTransaction(Connection& connection, AgencyId agency, Deadline deadline,
                             const Context& context, LookUp look_up);
  ~PostgresqlWriteTransaction() override;

  std::optional<DrawId> open_draw() override;
  std::optional<AgencyBooks> books(DrawId draw, AgencyId agency) override;

  DrawId begin_draw(std::span<const AgencyId> agencies) override;
  void begin_upload(DrawId draw, AgencyId agency, const UploadId& upload) override;
  void store_batch(DrawId draw, AgencyId agency, std::int64_t number,
                   const std::optional<UploadId>& upload, std::span<const Bet> bets,
                   const std::string& sha256, const Sender& sender) override;
  StoredBatch compare_batch(DrawId draw, AgencyId agency, std::int64_t number,
                            const UploadId& upload, std::span<const Bet> bets) override;
  void close_books(DrawId draw, AgencyId agency, const Books& balance,
                   const Sender& sender) override;
  bool all_books_closed(DrawId draw) override;
  std::int64_t draw_winners(DrawId draw, std::int32_t winning_number) override;
  void commit() override;

 private:
  /// Locks the agency's row and reads what most transactions need, in one round trip together with
  /// the statements already queued. Returns false if the agency has no row yet; then nothing is
  /// locked.
  bool lock_and_read();
  /// The agency's books; those read at the beginning are not read again.
  std::optional<StoredBooks> stored_books(DrawId draw);

  AgencyId agency_;
  const Context& context_;
  LookUp look_up_;
  std::optional<DrawId> open_draw_;  // as read at the beginning, or begun by this transaction
  std::vector<StoredBooks> newest_;  // the agency's newest books, as read at the beginning
  Trace trace_;
  bool is_open_ = true;
};

/// A random token, unique to this transaction. Throws std::system_error if the system provides no
/// random bytes.
std::string random_token();

}  // namespace lottery::postgresql
