#pragma once

#include <optional>
#include <vector>

#include "service/ledger.h"
#include "service/storage/postgresql/connection.h"
#include "service/storage/postgresql/statements.h"

namespace lottery::postgresql {

/// An agency's books, with the id that its next bet gets.
struct StoredBooks {
  DrawId draw;
  AgencyBooks books;
  std::int64_t next_bet_id = 1;
};

/// Reads the rows of statement::books or statement::newest_books.
std::vector<StoredBooks> books_in(const Rows& rows);

/// The row's first columns must be first_name, last_name, document, birthdate and number. The bet
/// is valid as long as the rows.
Bet bet_in(const Rows& rows, int row);

/// Throws LedgerUnavailable for an error after which nothing is stored and a later attempt may
/// succeed.
[[noreturn]] void throw_unavailable(const std::exception& error);

/// The LedgerView part of read and write transactions.
template <typename Transaction>
class PostgresqlView : public Transaction {
 public:
  std::optional<DrawId> open_draw() override { return draw_in(run(statement::open_draw, {})); }

  std::optional<DrawPhase> newest_draw_of(AgencyId agency) override {
    const Rows rows = run(statement::newest_draw_of, Parameters().add(agency.value));
    if (rows.count() == 0) return {};
    return DrawPhase{DrawId{rows.number(0, 0)}, rows.is_true(0, 1) ? Phase::drawn : Phase::open};
  }

  std::optional<DrawId> next_draw_of(AgencyId agency, DrawId draw) override {
    return draw_in(run(statement::next_draw_of, Parameters().add(agency.value).add(draw.value)));
  }

  std::optional<DrawId> draw_of_upload(AgencyId agency, const UploadId& upload) override {
    return draw_in(run(statement::draw_of_upload, Parameters().add(agency.value).add(upload.hex)));
  }

  std::optional<AgencyBooks> books(DrawId draw, AgencyId agency) override {
    const auto found =
        books_in(run(statement::books, Parameters().add(draw.value).add(agency.value)));
    if (found.empty()) return {};
    return found.front().books;
  }

 protected:
  /// `connection` must outlive this.
  PostgresqlView(Connection& connection, Deadline deadline)
      : connection_(connection), deadline_(deadline) {}

  /// Throws StatementFailed and ConnectionLost.
  Rows run(const char* statement, const Parameters& parameters) {
    return connection_.run(statement, parameters, deadline_);
  }

  static std::optional<DrawId> draw_in(const Rows& rows) {
    if (rows.count() == 0) return {};
    return DrawId{rows.number(0, 0)};
  }

  Connection& connection_;
  Deadline deadline_;
};

}  // namespace lottery::postgresql
