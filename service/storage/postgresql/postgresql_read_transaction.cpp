#include "service/storage/postgresql/postgresql_read_transaction.h"

#include <chrono>
#include <stdexcept>

#include "service/storage/postgresql/errors.h"
#include "service/storage/postgresql/patience.h"

namespace lottery::postgresql {
namespace {

// The number of bets in memory at once.
constexpr std::int64_t bets_at_once = 5000;

std::optional<UnixTime> time_in(const Rows& rows, int row, int column) {
  if (rows.is_null(row, column)) return {};
  return UnixTime(std::chrono::milliseconds(rows.number(row, column)));
}

}  // namespace

PostgresqlReadTransaction::PostgresqlReadTransaction(ConnectionPool& pool,
                                                     UnconfirmedReads& unconfirmed_reads,
                                                     const std::atomic<bool>& is_over) try
    : Loan(pool, patience::deadline()),
      PostgresqlView(**this, patience::deadline()),
      unconfirmed_reads_(unconfirmed_reads),
      is_over_(is_over) {
  run(statement::begin_read, {});
} catch (const std::runtime_error& error) {
  throw_unavailable(error);
}

PostgresqlReadTransaction::~PostgresqlReadTransaction() {
  unconfirmed_reads_.add();
  if (!connection_.is_usable()) return;
  try {
    connection_.run(statement::roll_back, {}, patience::deadline());
  } catch (const std::exception&) {
    connection_.give_up();
  }
}

template <typename Question>
auto PostgresqlReadTransaction::guarded(Question question) {
  if (is_over_) throw LedgerUnavailable("the service is stopping");
  deadline_ = patience::deadline();
  try {
    return question();
  } catch (const StatementFailed& error) {
    throw_unavailable(error);
  } catch (const ConnectionLost& error) {
    throw_unavailable(error);
  }
}

std::optional<DrawId> PostgresqlReadTransaction::open_draw() {
  return guarded([&] { return PostgresqlView::open_draw(); });
}

std::optional<DrawPhase> PostgresqlReadTransaction::newest_draw_of(AgencyId agency) {
  return guarded([&] { return PostgresqlView::newest_draw_of(agency); });
}

std::optional<DrawId> PostgresqlReadTransaction::next_draw_of(AgencyId agency, DrawId draw) {
  return guarded([&] { return PostgresqlView::next_draw_of(agency, draw); });
}

std::optional<DrawId> PostgresqlReadTransaction::draw_of_upload(AgencyId agency,
                                                                const UploadId& upload) {
  return guarded([&] { return PostgresqlView::draw_of_upload(agency, upload); });
}

std::optional<AgencyBooks> PostgresqlReadTransaction::books(DrawId draw, AgencyId agency) {
  return guarded([&] { return PostgresqlView::books(draw, agency); });
}

std::optional<DrawPhase> PostgresqlReadTransaction::newest_draw() {
  return guarded([&]() -> std::optional<DrawPhase> {
    const Rows rows = run(statement::newest_draw, {});
    if (rows.count() == 0) return {};
    return DrawPhase{DrawId{rows.number(0, 0)}, rows.is_true(0, 1) ? Phase::drawn : Phase::open};
  });
}

void PostgresqlReadTransaction::each_bet(DrawId draw, AgencyId agency, std::int64_t after_batch,
                                         const std::function<void(const Bet&)>& bet) {
  std::int64_t last = guarded([&] {
    return run(statement::first_bet_after,
               Parameters().add(draw.value).add(agency.value).add(after_batch))
               .number(0, 0) -
           1;
  });
  for (;;) {
    const Rows rows = guarded([&] {
      return run(statement::bets_after,
                 Parameters().add(draw.value).add(agency.value).add(last).add(bets_at_once));
    });
    for (int row = 0; row < rows.count(); ++row) bet(bet_in(rows, row));
    if (rows.count() < bets_at_once) return;
    last = rows.number(rows.count() - 1, 5);
  }
}

std::optional<BetId> PostgresqlReadTransaction::winners_after(
    DrawId draw, AgencyId agency, BetId after, std::size_t winners_max,
    const std::function<void(const Bet&)>& winner) {
  const Rows rows = guarded([&] {
    return run(statement::winners_after, Parameters()
                                             .add(draw.value)
                                             .add(agency.value)
                                             .add(after.value)
                                             .add(static_cast<std::int64_t>(winners_max)));
  });
  for (int row = 0; row < rows.count(); ++row) winner(bet_in(rows, row));
  if (rows.count() == 0) return {};
  return BetId{rows.number(rows.count() - 1, 5)};
}

std::vector<DrawRecord> PostgresqlReadTransaction::newest_draws(std::size_t draws_max) {
  return guarded([&] {
    const Rows rows =
        run(statement::newest_draws, Parameters().add(static_cast<std::int64_t>(draws_max)));
    std::vector<DrawRecord> draws;
    draws.reserve(static_cast<std::size_t>(rows.count()));
    for (int row = 0; row < rows.count(); ++row) {
      DrawRecord draw{.draw = DrawId{rows.number(row, 0)},
                      .opened_at = time_in(rows, row, 1).value_or(UnixTime{}),
                      .drawn_at = time_in(rows, row, 2)};
      if (!rows.is_null(row, 3)) {
        draw.winning_number = static_cast<std::int32_t>(rows.number(row, 3));
      }
      draws.push_back(draw);
    }
    return draws;
  });
}

std::vector<AgencyRecord> PostgresqlReadTransaction::agencies_of(DrawId draw) {
  return guarded([&] {
    const Rows rows = run(statement::agencies_of, Parameters().add(draw.value));
    std::vector<AgencyRecord> agencies;
    agencies.reserve(static_cast<std::size_t>(rows.count()));
    for (int row = 0; row < rows.count(); ++row) {
      agencies.push_back({.agency = AgencyId{static_cast<std::int32_t>(rows.number(row, 0))},
                          .batches = rows.number(row, 1),
                          .done_at = time_in(rows, row, 2)});
    }
    return agencies;
  });
}

BatchTotals PostgresqlReadTransaction::totals_after(DrawId draw, AgencyId agency,
                                                    std::int64_t after_batch) {
  return guarded([&] {
    const Rows rows = run(statement::totals_after,
                          Parameters().add(draw.value).add(agency.value).add(after_batch));
    return BatchTotals{.bets = rows.number(0, 0), .last_received_at = time_in(rows, 0, 1)};
  });
}

std::int64_t PostgresqlReadTransaction::bets_in_closed_books(DrawId draw) {
  return guarded([&] {
    return run(statement::bets_in_closed_books, Parameters().add(draw.value)).number(0, 0);
  });
}

std::map<AgencyId, std::int64_t> PostgresqlReadTransaction::winners_by_agency(DrawId draw) {
  return guarded([&] {
    const Rows rows = run(statement::winners_by_agency, Parameters().add(draw.value));
    std::map<AgencyId, std::int64_t> winners;
    for (int row = 0; row < rows.count(); ++row) {
      winners.emplace(AgencyId{static_cast<std::int32_t>(rows.number(row, 0))},
                      rows.number(row, 1));
    }
    return winners;
  });
}

}  // namespace lottery::postgresql
