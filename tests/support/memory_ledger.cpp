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

/// Answers lookups from `draws`, for both kinds of transaction.
template <typename Transaction>
class MemoryLedger::View : public Transaction {
 public:
  explicit View(std::vector<Draw> draws) : draws_(std::move(draws)) {}

  std::optional<DrawId> open_draw() override {
    require_active();
    for (std::size_t i = 0; i < draws_.size(); ++i) {
      if (draws_[i].phase == Phase::open) return id_of(i);
    }
    return {};
  }

  std::optional<DrawPhase> newest_draw_of(AgencyId agency) override {
    require_active();
    for (std::size_t i = draws_.size(); i > 0; --i) {
      if (takes_part(draws_[i - 1], agency)) return DrawPhase{id_of(i - 1), draws_[i - 1].phase};
    }
    return {};
  }

  std::optional<DrawId> next_draw_of(AgencyId agency, DrawId draw) override {
    require_active();
    for (auto i = static_cast<std::size_t>(draw.value); i < draws_.size(); ++i) {
      if (takes_part(draws_[i], agency)) return id_of(i);
    }
    return {};
  }

  std::optional<DrawId> draw_of_upload(AgencyId agency, const UploadId& upload) override {
    require_active();
    for (std::size_t i = 0; i < draws_.size(); ++i) {
      if (draws_[i].uploads.contains({agency, upload})) return id_of(i);
    }
    return {};
  }

  std::optional<AgencyBooks> books(DrawId draw, AgencyId agency) override {
    require_active();
    if (draw.value < 1 || static_cast<std::size_t>(draw.value) > draws_.size()) return {};
    const Draw& found = draw_of(draws_, draw);
    if (!has(found.agencies, agency)) return {};
    AgencyBooks books;
    for (const StoredBet& bet : found.bets) {
      if (bet.agency == agency) books.batches = std::max(books.batches, bet.batch);
    }
    const auto closed = found.closed.find(agency);
    if (closed != found.closed.end()) {
      books.state = found.phase == Phase::drawn ? BooksState::drawn : BooksState::closed;
      books.balance = closed->second;
    }
    return books;
  }

 protected:
  void require_active() const { require(is_active_, "a call after commit"); }

  std::vector<Draw> draws_;
  bool is_active_ = true;

 private:
  static bool takes_part(const Draw& draw, AgencyId agency) {
    const bool has_bet = std::any_of(draw.bets.begin(), draw.bets.end(),
                                     [&](const StoredBet& bet) { return bet.agency == agency; });
    return has_bet || draw.closed.contains(agency);
  }
};

/// Works on a copy of everything; commit() replaces the original by it.
class MemoryLedger::Writing : public View<WriteTransaction> {
 public:
  Writing(MemoryLedger& ledger, AgencyId agency)
      : View(ledger.draws_), ledger_(ledger), agency_(agency) {
    ledger_.is_writing_ = true;
  }

  ~Writing() override { ledger_.is_writing_ = false; }

  std::optional<DrawId> open_draw() override {
    if (ledger_.open_a_moment_ago_) return std::exchange(ledger_.open_a_moment_ago_, {});
    return View::open_draw();
  }

  DrawId begin_draw(std::span<const AgencyId> agencies) override {
    require(!open_draw(), "begin_draw while a draw is open");
    ++ledger_.draws_begun_;
    draws_.push_back({.agencies = {agencies.begin(), agencies.end()},
                      .closed = {},
                      .bets = {},
                      .uploads = {},
                      .winning_number = {}});
    return id_of(draws_.size() - 1);
  }

  void store_batch(DrawId draw, AgencyId agency, std::int64_t number,
                   const std::optional<UploadId>& upload, std::span<const Bet> bets,
                   const std::string& sha256, const Sender& sender) override {
    require(agency == agency_, "store_batch of an agency that the transaction is not of");
    const auto before = books(draw, agency);
    require(before && before->state == BooksState::open, "store_batch without open books");
    require(number == before->batches + 1, "store_batch under a number that is not the next");
    require(!bets.empty(), "store_batch of no bets");
    require(is_sha256(sha256), "store_batch without a SHA-256");
    require(!sender || is_sha256(sender->hex), "store_batch of a sender without a SHA-256");
    require(!upload || draw_of_upload(agency, *upload) == draw,
            "store_batch of no upload of the draw");
    for (const Bet& bet : bets) {
      draw_of(draws_, draw)
          .bets.push_back({.agency = agency,
                           .batch = number,
                           .upload = upload,
                           .first_name = std::string(bet.first_name),
                           .last_name = std::string(bet.last_name),
                           .document = std::string(bet.document),
                           .birthdate = std::string(bet.birthdate),
                           .number = bet.number});
    }
  }

  void begin_upload(DrawId draw, AgencyId agency, const UploadId& upload) override {
    require(agency == agency_, "begin_upload of an agency that the transaction is not of");
    const auto before = books(draw, agency);
    require(before && before->state == BooksState::open, "begin_upload without open books");
    require(is_upload_id(upload.hex), "begin_upload with an id that is none");
    require(!draw_of_upload(agency, upload), "begin_upload of one that has a draw");
    draw_of(draws_, draw).uploads.emplace(agency, upload);
  }

  StoredBatch compare_batch(DrawId draw, AgencyId agency, std::int64_t number,
                            const UploadId& upload, std::span<const Bet> bets) override {
    require_active();
    std::vector<Bet> stored;
    bool is_of_upload = false;
    for (const StoredBet& bet : draw_of(draws_, draw).bets) {
      if (bet.agency != agency || bet.batch != number) continue;
      is_of_upload = bet.upload == upload;
      stored.push_back(bet.bet());
    }
    require(!stored.empty(), "compare_batch with a number that is not stored");
    if (!is_of_upload) return StoredBatch::of_another_upload;
    return std::equal(stored.begin(), stored.end(), bets.begin(), bets.end())
               ? StoredBatch::same
               : StoredBatch::with_other_bets;
  }

  void close_books(DrawId draw, AgencyId agency, const Books& balance,
                   const Sender& sender) override {
    require(agency == agency_, "close_books of an agency that the transaction is not of");
    const auto before = books(draw, agency);
    require(before && before->state == BooksState::open, "close_books without open books");
    require(is_sha256(balance.sha256), "close_books without a balance");
    require(!sender || is_sha256(sender->hex), "close_books of a sender without a SHA-256");
    draw_of(draws_, draw).closed.emplace(agency, balance);
  }

  bool all_books_closed(DrawId draw) override {
    require_active();
    require(draw_of(draws_, draw).closed.contains(agency_),
            "all_books_closed before the transaction has closed some");
    const Draw& found = draw_of(draws_, draw);
    return found.closed.size() == found.agencies.size();
  }

  std::int64_t draw_winners(DrawId draw, std::int32_t winning_number) override {
    require(all_books_closed(draw), "draw_winners with open books");
    Draw& drawn = draw_of(draws_, draw);
    require(drawn.phase == Phase::open, "draw_winners of a draw that is drawn");
    drawn.phase = Phase::drawn;
    drawn.winning_number = winning_number;
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
    if (ledger_.fault_ == Fault::unknown_at_commit) throw OutcomeUnknown(unknown_reason);
  }

 private:
  MemoryLedger& ledger_;
  AgencyId agency_;
};

class MemoryLedger::Reading : public View<ReadTransaction> {
 public:
  explicit Reading(MemoryLedger& ledger) : View(ledger.draws_), ledger_(ledger) {}

  std::optional<DrawPhase> newest_draw() override {
    if (draws_.empty()) return {};
    return DrawPhase{id_of(draws_.size() - 1), draws_.back().phase};
  }

  void each_bet(DrawId draw, AgencyId agency, std::int64_t after_batch,
                const std::function<void(const Bet&)>& take) override {
    if (ledger_.before_long_read_ends_) std::exchange(ledger_.before_long_read_ends_, {})();
    for (const StoredBet& bet : draw_of(draws_, draw).bets) {
      if (bet.agency != agency || bet.batch <= after_batch) continue;
      if (ledger_.before_bet_) std::exchange(ledger_.before_bet_, {})();
      ledger_.documents_read_.push_back(bet.document);
      take(bet.bet());
    }
  }

  std::optional<BetId> winners_after(DrawId draw, AgencyId agency, BetId after,
                                     std::size_t winners_max,
                                     const std::function<void(const Bet&)>& winner) override {
    std::optional<BetId> last;
    BetId id{0};
    std::size_t handed_over = 0;
    for (const StoredBet& bet : draw_of(draws_, draw).bets) {
      ++id.value;
      if (bet.agency != agency || !bet.is_winner || id <= after) continue;
      if (handed_over++ == winners_max) break;
      winner(bet.bet());
      last = id;
    }
    return last;
  }

  std::vector<DrawRecord> newest_draws(std::size_t draws_max) override {
    std::vector<DrawRecord> records;
    for (std::size_t i = draws_.size(); i > 0 && records.size() < draws_max; --i) {
      const bool is_drawn = draws_[i - 1].phase == Phase::drawn;
      records.push_back({.draw = id_of(i - 1),
                         .opened_at = opened_at,
                         .drawn_at = is_drawn ? std::optional(drawn_at) : std::nullopt,
                         .winning_number = draws_[i - 1].winning_number});
    }
    return records;
  }

  std::vector<AgencyRecord> agencies_of(DrawId draw) override {
    std::vector<AgencyRecord> records;
    for (const AgencyId agency : draw_of(draws_, draw).agencies) {
      const auto found = books(draw, agency);
      records.push_back({.agency = agency, .batches = found->batches});
      if (found->state != BooksState::open) records.back().done_at = done_at;
    }
    std::sort(records.begin(), records.end(),
              [](const auto& left, const auto& right) { return left.agency < right.agency; });
    return records;
  }

  BatchTotals totals_after(DrawId draw, AgencyId agency, std::int64_t after_batch) override {
    BatchTotals totals;
    for (const StoredBet& bet : draw_of(draws_, draw).bets) {
      if (bet.agency != agency || bet.batch <= after_batch) continue;
      ++totals.bets;
      totals.last_received_at = received_at(bet.batch);
      ledger_.batches_read_.insert(bet.batch);
    }
    return totals;
  }

  std::int64_t bets_in_closed_books(DrawId draw) override {
    std::int64_t bets = 0;
    for (const auto& [agency, books] : draw_of(draws_, draw).closed) bets += books.bets;
    return bets;
  }

  std::map<AgencyId, std::int64_t> winners_by_agency(DrawId draw) override {
    std::map<AgencyId, std::int64_t> winners;
    for (const StoredBet& bet : draw_of(draws_, draw).bets) {
      if (bet.is_winner) ++winners[bet.agency];
    }
    return winners;
  }

 private:
  MemoryLedger& ledger_;
};

void MemoryLedger::write(AgencyId agency, const std::function<void(WriteTransaction&)>& work) {
  throw_if_failing();
  require(!is_writing_, "a second writer would wait for the first for ever");
  Writing transaction(*this, agency);
  work(transaction);
}

void MemoryLedger::check_that_it_stores() {
  throw_if_failing();
  if (fault_ == Fault::unavailable_at_commit) throw LedgerUnavailable(unavailable_reason);
}

std::unique_ptr<ReadTransaction> MemoryLedger::begin_read() {
  throw_if_failing();
  auto transaction = std::make_unique<Reading>(*this);
  if (before_read_ends_) std::exchange(before_read_ends_, {})();
  return transaction;
}

std::unique_ptr<ReadTransaction> MemoryLedger::begin_long_read() { return begin_read(); }

void MemoryLedger::sync() {
  if (fault_ == Fault::failed_at_sync) has_failed_ = true;
  if (has_failed_) throw LedgerFailed(failed_reason);
  ++syncs_;
  is_synced_ = true;
}

void MemoryLedger::change_first_document(DrawId draw, AgencyId agency,
                                         const std::string& document) {
  auto& bets = draw_of(draws_, draw).bets;
  std::find_if(bets.begin(), bets.end(), [&](const StoredBet& bet) {
    return bet.agency == agency;
  })->document = document;
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
