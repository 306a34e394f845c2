#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "protocol/bet.h"

/// The rows of a ledger's tables as they are, right or wrong: what a verification and a copy read.
/// Columns have the names and meanings that they have in schema/.
namespace lottery {

struct DrawRow {
  std::int64_t draw_id = 0;
  std::string opened_at{};
  std::optional<std::string> drawn_at{};
  std::optional<std::int64_t> winning_number{};
};

struct AgencyRow {
  std::int64_t agency_id = 0;
  std::optional<std::string> done_at{};
  std::optional<std::int64_t> bets{};
  std::optional<std::string> sha256{};
  std::optional<std::string> certificate{};
};

struct BatchRow {
  std::int64_t batch_number = 0;
  std::int64_t first_bet_id = 0;
  std::int64_t bets = 0;
  std::string received_at{};
  std::optional<std::string> sha256{};
  std::optional<std::string> upload{};
  std::optional<std::string> certificate{};

  /// The id after that of its last bet.
  std::int64_t end() const noexcept {
    constexpr std::int64_t id_max = std::numeric_limits<std::int64_t>::max();
    if (bets < 1) return first_bet_id;
    return first_bet_id > id_max - bets ? id_max : first_bet_id + bets;
  }
};

struct UploadRow {
  std::int64_t agency_id = 0;
  std::string upload{};
  std::int64_t draw_id = 0;
};

/// A row of `bets`. The bet's texts live until the next row is read.
struct BetRow {
  std::int64_t bet_id = 0;
  std::int64_t draw_id = 0;
  std::int64_t agency_id = 0;
  Bet bet{};
  std::int64_t number = 0;  ///< as it is stored, which may be no number that a bet can have
};

/// How an engine gives ids to bets. Both begin at 1 and leave no gaps.
enum class BetIds : std::uint8_t {
  of_the_ledger,   ///< in the order in which bets are stored
  of_each_agency,  ///< in each draw, in the order in which the agency's bets are stored
};

/// Reads one state of a ledger, whatever is written meanwhile. One thread at a time. Every call
/// throws the engine's exceptions if the database can't be read.
class StoredRows {
 public:
  virtual ~StoredRows() = default;
  StoredRows(const StoredRows&) = delete;
  StoredRows& operator=(const StoredRows&) = delete;

  virtual BetIds bet_ids() const noexcept = 0;

  /// In the order of their ids.
  virtual std::vector<DrawRow> draws() = 0;
  virtual std::vector<AgencyRow> agencies_of(std::int64_t draw_id) = 0;

  /// The certificates that the agency's batches were sent with, with commas between; nothing if
  /// there are none.
  virtual std::optional<std::string> senders_of(std::int64_t draw_id, std::int64_t agency_id) = 0;

  /// The agency's first batch with a greater number.
  virtual std::optional<BatchRow> batch_after(std::int64_t draw_id, std::int64_t agency_id,
                                              std::int64_t batch_number) = 0;

  /// Hands over the bets that have the ids of a batch, in their order. With ids of the ledger, they
  /// may be another agency's if somebody has changed the database, and batches should be asked for
  /// in the order of their ids: then the bets are read once.
  virtual void each_bet(std::int64_t draw_id, std::int64_t agency_id, const BatchRow& batch,
                        const std::function<void(const BetRow&)>& bet) = 0;

  virtual bool is_winner(std::int64_t draw_id, std::int64_t agency_id, std::int64_t bet_id) = 0;

  /// Hands over the agency's winners that have the ids of a batch, in their order.
  virtual void each_winner(std::int64_t draw_id, std::int64_t agency_id, const BatchRow& batch,
                           const std::function<void(std::int64_t bet_id)>& winner) = 0;

  /// Hands over every winner of a draw, whosever it is, and whether it is a bet of that agency in
  /// that draw on `winning_number`. Returns how many there are.
  virtual std::int64_t check_winners(
      std::int64_t draw_id, std::int64_t winning_number,
      const std::function<void(std::int64_t agency_id, std::int64_t bet_id, bool has_won)>&
          winner) = 0;

  virtual void each_upload(const std::function<void(const UploadRow&)>& upload) = 0;

  /// Hands over each upload that is there without a batch (`has_batch` is false), or has a batch in
  /// a draw and is not there.
  virtual void each_wrong_upload(
      const std::function<void(const UploadRow&, bool has_batch)>& upload) = 0;

  /// How many rows `bets` has, of whichever draw and agency.
  virtual std::int64_t count_bets() = 0;

  /// The greatest id of a bet; 0 if there is none. Only for ids of the ledger.
  virtual std::int64_t greatest_bet_id() = 0;

 protected:
  StoredRows() = default;
};

}  // namespace lottery
