#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "protocol/bet.h"

/// The rows of a ledger's tables as they are stored, valid or not. Verification and copies read
/// them. Columns have the names and meanings that they have in schema/.
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

  /// The id after the batch's last bet.
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

/// A row of `bets`. The bet's texts are valid until the next row is read.
struct BetRow {
  std::int64_t bet_id = 0;
  std::int64_t draw_id = 0;
  std::int64_t agency_id = 0;
  Bet bet{};
  std::int64_t number = 0;  ///< as stored; may be invalid for a bet
};

/// How an engine assigns ids to bets. Both ways begin at 1 and leave no gaps.
enum class BetIds : std::uint8_t {
  of_the_ledger,   ///< in the order in which all bets are stored
  of_each_agency,  ///< per draw and agency, in the order in which bets are stored
};

/// Reads one snapshot of a ledger, whatever is written meanwhile. One thread at a time. Every call
/// throws the engine's exceptions if the database can't be read.
class StoredRows {
 public:
  virtual ~StoredRows() = default;
  StoredRows(const StoredRows&) = delete;
  StoredRows& operator=(const StoredRows&) = delete;

  virtual BetIds bet_ids() const noexcept = 0;

  /// The draws by id, and the agencies of a draw by id.
  virtual std::vector<DrawRow> draws() = 0;
  virtual std::vector<AgencyRow> agencies_of(std::int64_t draw_id) = 0;

  /// The certificates of the senders of the agency's batches, separated by commas; nothing if there
  /// are none.
  virtual std::optional<std::string> senders_of(std::int64_t draw_id, std::int64_t agency_id) = 0;

  /// The agency's first batch with a number greater than `batch_number`.
  virtual std::optional<BatchRow> batch_after(std::int64_t draw_id, std::int64_t agency_id,
                                              std::int64_t batch_number) = 0;

  /// Calls `bet` with each bet whose id is in the batch's range, in order. With ids of the ledger,
  /// such a bet may belong to another agency if somebody has changed the database. Ask for batches
  /// in the order of their bets' ids, so that the bets are read only once.
  virtual void each_bet(std::int64_t draw_id, std::int64_t agency_id, const BatchRow& batch,
                        const std::function<void(const BetRow&)>& bet) = 0;

  virtual bool is_winner(std::int64_t draw_id, std::int64_t agency_id, std::int64_t bet_id) = 0;

  /// Calls `winner` with each of the agency's winners whose id is in the batch's range, in order.
  virtual void each_winner(std::int64_t draw_id, std::int64_t agency_id, const BatchRow& batch,
                           const std::function<void(std::int64_t bet_id)>& winner) = 0;

  /// Calls `winner` with every winner of a draw, of any agency. `has_won` says whether it is a bet
  /// of that agency in that draw on `winning_number`. Returns the number of winners.
  virtual std::int64_t check_winners(
      std::int64_t draw_id, std::int64_t winning_number,
      const std::function<void(std::int64_t agency_id, std::int64_t bet_id, bool has_won)>&
          winner) = 0;

  virtual void each_upload(const std::function<void(const UploadRow&)>& upload) = 0;

  /// Calls `upload` with each upload that exists without a batch (`has_batch` is false), and with
  /// each upload that has a batch in a draw but does not exist.
  virtual void each_wrong_upload(
      const std::function<void(const UploadRow&, bool has_batch)>& upload) = 0;

  /// The number of rows in `bets`, for all draws and agencies.
  virtual std::int64_t count_bets() = 0;

  /// The greatest id of a bet; 0 if there are no bets. Only for ids of the ledger.
  virtual std::int64_t greatest_bet_id() = 0;

 protected:
  StoredRows() = default;
};

}  // namespace lottery
