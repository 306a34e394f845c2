#include "tests/support/memory_ledger.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lottery::test {
namespace {

void require(bool holds, const char* precondition) {
  if (!holds) throw std::logic_error(precondition);
}

bool has(const std::vector<AgencyId>& agencies, AgencyId agency) {
  return std::count(agencies.begin(), agencies.end(), agency) != 0;
}

template <typename Draws>
auto& draw_of(Draws& draws, DrawId draw) {
  return draws.at(static_cast<std::size_t>(draw.value - 1));
}

DrawId id_of(std::size_t index) { return DrawId{static_cast<std::int64_t>(index) + 1}; }

}  // namespace

/// Works on a copy of everything, which commit() puts in its place.
class MemoryLedger::Writing : public WriteTransaction {
 public:
  explicit Writing(MemoryLedger& ledger) : ledger_(ledger), draws_(ledger.draws_) {
    ledger_.is_writing_ = true;
  }

  ~Writing() override { ledger_.is_writing_ = false; }

  std::optional<DrawId> open_draw() override {
    require_active();
    for (std::size_t i = 0; i < draws_.size(); ++i) {
      if (draws_[i].phase == Phase::open) return id_of(i);
    }
    return {};
  }

  std::optional<DrawPhase> newest_draw_of(AgencyId agency) override {
    require_active();
    return newest_draw_in(draws_, agency);
  }

  DrawId begin_draw(std::span<const AgencyId> agencies) override {
    require(!open_draw(), "begin_draw while a draw is open");
    draws_.push_back({.agencies = {agencies.begin(), agencies.end()}, .closed = {}, .bets = {}});
    return id_of(draws_.size() - 1);
  }

  std::optional<AgencyBooks> books(DrawId draw, AgencyId agency) override {
    require_active();
    return books_in(draw_of(draws_, draw), agency);
  }

  void store_batch(DrawId draw, AgencyId agency, std::int64_t number, std::span<const Bet> bets,
                   const std::string& sha256) override {
    const auto before = books(draw, agency);
    require(before && before->state == BooksState::open, "store_batch without open books");
    require(number == before->batches + 1, "store_batch under a number that is not the next");
    require(!bets.empty(), "store_batch of no bets");
    require(is_sha256(sha256), "store_batch without a SHA-256");
    for (const Bet& bet : bets) {
      draw_of(draws_, draw)
          .bets.push_back({.agency = agency,
                           .batch = number,
                           .first_name = std::string(bet.first_name),
                           .last_name = std::string(bet.last_name),
                           .document = std::string(bet.document),
                           .birthdate = std::string(bet.birthdate),
                           .number = bet.number});
    }
  }

  bool holds(DrawId draw, AgencyId agency, std::int64_t number,
             std::span<const Bet> bets) override {
    require_active();
    std::vector<Bet> stored;
    for (const StoredBet& bet : draw_of(draws_, draw).bets) {
      if (bet.agency == agency && bet.batch == number) stored.push_back(bet.bet());
    }
    return std::equal(stored.begin(), stored.end(), bets.begin(), bets.end());
  }

  void close_books(DrawId draw, AgencyId agency, const Books& balance) override {
    const auto before = books(draw, agency);
    require(before && before->state == BooksState::open, "close_books without open books");
    require(is_sha256(balance.sha256), "close_books without a balance");
    draw_of(draws_, draw).closed.insert(agency);
  }

  bool all_books_closed(DrawId draw) override {
    require_active();
    const Draw& found = draw_of(draws_, draw);
    return found.closed.size() == found.agencies.size();
  }

  std::int64_t draw_winners(DrawId draw, std::int32_t winning_number) override {
    require(all_books_closed(draw), "draw_winners with open books");
    Draw& drawn = draw_of(draws_, draw);
    require(drawn.phase == Phase::open, "draw_winners of a draw that is drawn");
    drawn.phase = Phase::drawn;
    std::int64_t winners = 0;
    for (StoredBet& bet : drawn.bets) {
      bet.is_winner = bet.number == winning_number;
      if (bet.is_winner) ++winners;
    }
    return winners;
  }

  void commit() override {
    require_active();
    if (ledger_.fault_ == Fault::unavailable_at_commit) throw LedgerUnavailable(unavailable_reason);
    ledger_.draws_ = std::move(draws_);
    ledger_.is_synced_ = false;
    is_active_ = false;
  }

 private:
  void require_active() const { require(is_active_, "a call after commit"); }

  MemoryLedger& ledger_;
  std::vector<Draw> draws_;
  bool is_active_ = true;
};

class MemoryLedger::Reading : public ReadTransaction {
 public:
  explicit Reading(std::vector<Draw> draws) : draws_(std::move(draws)) {}

  std::optional<DrawPhase> newest_draw_of(AgencyId agency) override {
    return newest_draw_in(draws_, agency);
  }

  std::optional<DrawPhase> newest_draw() override {
    if (draws_.empty()) return {};
    return DrawPhase{id_of(draws_.size() - 1), draws_.back().phase};
  }

  std::optional<AgencyBooks> books(DrawId draw, AgencyId agency) override {
    return books_in(draw_of(draws_, draw), agency);
  }

  void each_bet(DrawId draw, AgencyId agency,
                const std::function<void(const Bet&)>& take) override {
    for (const StoredBet& bet : draw_of(draws_, draw).bets) {
      if (bet.agency == agency) take(bet.bet());
    }
  }

  void each_winner(DrawId draw, AgencyId agency,
                   const std::function<void(const Bet&)>& winner) override {
    for (const StoredBet& bet : draw_of(draws_, draw).bets) {
      if (bet.agency != agency || !bet.is_winner) continue;
      winner(bet.bet());
    }
  }

 private:
  std::vector<Draw> draws_;
};

std::optional<DrawPhase> MemoryLedger::newest_draw_in(const std::vector<Draw>& draws,
                                                      AgencyId agency) {
  for (std::size_t i = draws.size(); i > 0; --i) {
    const Draw& draw = draws[i - 1];
    const bool has_bet = std::any_of(draw.bets.begin(), draw.bets.end(),
                                     [&](const StoredBet& bet) { return bet.agency == agency; });
    if (has_bet || draw.closed.contains(agency)) return DrawPhase{id_of(i - 1), draw.phase};
  }
  return {};
}

std::optional<AgencyBooks> MemoryLedger::books_in(const Draw& draw, AgencyId agency) {
  if (!has(draw.agencies, agency)) return {};
  AgencyBooks books{.state = draw.phase == Phase::drawn     ? BooksState::drawn
                             : draw.closed.contains(agency) ? BooksState::closed
                                                            : BooksState::open};
  for (const StoredBet& bet : draw.bets) {
    if (bet.agency == agency) books.batches = std::max(books.batches, bet.batch);
  }
  return books;
}

void MemoryLedger::write(const std::function<void(WriteTransaction&)>& work) {
  throw_if_failing();
  require(!is_writing_, "a second writer would wait for the first for ever");
  Writing transaction(*this);
  work(transaction);
}

std::unique_ptr<ReadTransaction> MemoryLedger::begin_read() {
  throw_if_failing();
  return std::make_unique<Reading>(draws_);
}

std::unique_ptr<ReadTransaction> MemoryLedger::begin_long_read() {
  auto transaction = begin_read();
  if (before_long_read_ends_) std::exchange(before_long_read_ends_, {})();
  return transaction;
}

void MemoryLedger::sync() {
  if (fault_ == Fault::failed_at_sync) has_failed_ = true;
  if (has_failed_) throw LedgerFailed(failed_reason);
  ++syncs_;
  is_synced_ = true;
}

std::vector<AgencyId> MemoryLedger::agencies(DrawId draw) const {
  return draw_of(draws_, draw).agencies;
}

std::vector<std::string> MemoryLedger::documents(DrawId draw) const {
  std::vector<std::string> documents;
  for (const StoredBet& bet : draw_of(draws_, draw).bets) documents.push_back(bet.document);
  return documents;
}

void MemoryLedger::throw_if_failing() const {
  if (has_failed_) throw LedgerFailed(failed_reason);
  if (fault_ == Fault::unavailable_at_begin) throw LedgerUnavailable(unavailable_reason);
}

}  // namespace lottery::test
