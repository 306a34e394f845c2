#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "service/ledger.h"

namespace lottery::test {

/// A ledger in memory, for tests of the code above the ledger. It is strict: a violated
/// precondition of ledger.h throws std::logic_error. One thread.
class MemoryLedger : public Ledger {
 public:
  /// What fails from now on, until something else is set.
  enum class Fault : std::uint8_t {
    none,
    unavailable_at_begin,   ///< write() and begin_read() throw LedgerUnavailable
    unavailable_at_commit,  ///< commit() throws LedgerUnavailable, and nothing is stored
    unknown_at_commit,      ///< commit() stores, and throws OutcomeUnknown
    failed_at_sync,         ///< sync() throws LedgerFailed; from then on every call does
  };

  /// The text of the exceptions.
  static constexpr const char* unavailable_reason = "the disk is full";
  static constexpr const char* unknown_reason = "the connection was lost";
  static constexpr const char* failed_reason = "a sync has failed";

  void set_fault(Fault fault) noexcept { fault_ = fault; }

  void write(AgencyId agency, const std::function<void(WriteTransaction&)>& work) override;
  void check_that_it_stores() override;
  std::unique_ptr<ReadTransaction> begin_read() override;
  std::unique_ptr<ReadTransaction> begin_long_read() override;
  int long_reads_max() const noexcept override { return 1; }
  std::optional<std::int64_t> changes_by_others() override { return changes_by_others_; }
  void end_reads() noexcept override {}
  void sync() override;
  const LedgerMetrics& metrics() const noexcept override { return metrics_; }
  LedgerFiles files() const override { return {.engine = "memory", .location = "nowhere"}; }

  /// The result of changes_by_others() from now on.
  void set_changes_by_others(std::optional<std::int64_t> count) noexcept {
    changes_by_others_ = count;
  }

  /// Changes the document of the agency's first bet in the draw, as another program might do.
  void change_first_document(DrawId draw, AgencyId agency, const std::string& document);

  /// The documents of the bets that each_bet() has passed on since this was last called.
  std::vector<std::string> documents_read() { return std::exchange(documents_read_, {}); }

  /// The numbers of the batches that totals_after() has added up since this was last called.
  std::set<std::int64_t> batches_read() { return std::exchange(batches_read_, {}); }

  /// The time of everything that happens in this ledger.
  static constexpr UnixTime opened_at{std::chrono::milliseconds{1'000}};
  static constexpr UnixTime done_at{std::chrono::milliseconds{5'000}};
  static constexpr UnixTime drawn_at{std::chrono::milliseconds{9'000}};
  static constexpr UnixTime received_at(std::int64_t batch) {
    return opened_at + std::chrono::milliseconds(batch);
  }

  /// Calls `call` during the next read of either kind. That read does not see what it writes.
  void during_next_read(std::function<void()> call) { before_read_ends_ = std::move(call); }

  /// The same for the next long read.
  void during_next_long_read(std::function<void()> call) {
    before_long_read_ends_ = std::move(call);
  }

  /// Calls `call` when each_bet() passes on the next bet.
  void when_next_bet_is_read(std::function<void()> call) { before_bet_ = std::move(call); }

  /// Makes the next open_draw() of a write transaction answer from a moment when `draw` was still
  /// open, as if another agency's transaction had drawn just after the question.
  void draw_after_next_question(DrawId draw) noexcept { open_a_moment_ago_ = draw; }

  /// The number of times that sync() has returned.
  int syncs() const noexcept { return syncs_; }

  /// True if everything committed has been synced.
  bool is_synced() const noexcept { return is_synced_; }

  /// The number of calls of begin_draw(), whatever the outcome of their transactions.
  int draws_begun() const noexcept { return draws_begun_; }

  /// The number of draws that have been opened.
  std::size_t draws() const noexcept { return draws_.size(); }

  /// The agencies that the draw was opened with.
  std::vector<AgencyId> agencies(DrawId draw) const;

  /// The documents of a draw's bets, in the order of storing.
  std::vector<std::string> documents(DrawId draw) const;

 private:
  template <typename Transaction>
  class View;
  class Writing;
  class Reading;

  struct StoredBet {
    Bet bet() const { return {first_name, last_name, document, birthdate, number}; }

    AgencyId agency;
    std::int64_t batch = 0;
    std::optional<UploadId> upload;
    std::string first_name;
    std::string last_name;
    std::string document;
    std::string birthdate;
    std::int32_t number = 0;
    bool is_winner = false;
  };

  struct Draw {
    std::vector<AgencyId> agencies;
    std::map<AgencyId, Books> closed;  // with their balance
    std::vector<StoredBet> bets;
    std::set<std::pair<AgencyId, UploadId>> uploads;
    Phase phase = Phase::open;
    std::optional<std::int32_t> winning_number;
  };

  void throw_if_failing() const;

  LedgerMetrics metrics_;
  std::vector<Draw> draws_;  // draw 1 is the first
  std::function<void()> before_read_ends_;
  std::function<void()> before_long_read_ends_;
  std::function<void()> before_bet_;
  std::vector<std::string> documents_read_;
  std::set<std::int64_t> batches_read_;
  std::optional<std::int64_t> changes_by_others_ = 0;
  std::optional<DrawId> open_a_moment_ago_;
  Fault fault_ = Fault::none;
  bool has_failed_ = false;
  bool is_writing_ = false;
  bool is_synced_ = true;
  int syncs_ = 0;
  int draws_begun_ = 0;
};

}  // namespace lottery::test
