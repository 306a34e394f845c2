#include "service/storage/postgresql/unconfirmed_reads.h"

#include "service/storage/postgresql/errors.h"

namespace lottery::postgresql {

void UnconfirmedReads::confirm(Deadline deadline,
                               const std::function<void(Deadline)>& write_durably) {
  const std::uint64_t wanted = reads_;
  if (confirmed_ >= wanted) return;
  const std::unique_lock lock(writing_, deadline);
  if (!lock) throw ConnectionLost("the database has not answered in time");
  if (confirmed_ >= wanted) return;
  const std::uint64_t before_the_write = reads_;
  write_durably(deadline);
  confirmed_ = before_the_write;
}

}  // namespace lottery::postgresql
