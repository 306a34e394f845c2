#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "service/ledger.h"
#include "service/storage/sqlite/durable_writer.h"
#include "service/storage/sqlite/error_policy.h"
#include "service/storage/sqlite/lock_wait.h"
#include "service/storage/sqlite/sqlite_view.h"
#include "service/storage/sqlite/write_statements.h"

namespace lottery {

/// A WriteTransaction on the writing connection. The constructor begins it. The destructor rolls it
/// back unless it was committed.
class SqliteWriteTransaction : public SqliteView<WriteTransaction> {
 public:
  /// Create it only in the work of DurableWriter::write(). Waits for other programs until
  /// `deadline`. All three references must outlive this. Throws LedgerUnavailable and LedgerFailed.
  SqliteWriteTransaction(DurableWriter& writer, WriteStatements& statements, ErrorPolicy& errors,
                         LockWait::Deadline deadline);
  ~SqliteWriteTransaction() override;

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

  /// Makes the commit write page 1, with the user_version that it already has.
  void store_nothing();

 private:
  DurableWriter& writer_;
  WriteStatements& statements_;
};

}  // namespace lottery
