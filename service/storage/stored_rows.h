#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "protocol/bet.h"

/// The rows of a ledger's tables, correct or not, for verification and copying. Columns have the
/// names and meanings given in schema/.
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

  /// One past the id of its last bet.
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

/// A row of `bets`. Its texts are valid until the next row is read.
struct BetRow {
  std::int64_t bet_id = 0;
  std::int64_t draw_id = 0;
  std::int64_t agency_id = 0;
  Bet bet{};
  std::int64_t number = 0;  ///< as stored; may be outside the range of bets
};

/// How an engine numbers bets. Both ways begin at 1 and leave no gaps.
enum class BetIds : std::uint8_t {
  of_the_ledger,   ///< in the order of storing
  of_each_agency,  ///< per draw and agency, in the order of storing
};

/// Reads one snapshot of a ledger, whatever others write meanwhile. One thread at a time. Every
/// call throws the engine's exceptions if the database can't be read.
class StoredRows {
 public:
  virtual ~StoredRows() = default;
  StoredRows(const StoredRows&) = delete;
  StoredRows& operator=(const StoredRows&) = delete;

  virtual BetIds bet_ids() const noexcept = 0;

  /// The draws by id, and the agencies of a draw by id.
  virtual std::vector<DrawRow> draws() = 0;
  virtual std::vector<AgencyRow> agencies_of(std::int64_t draw_id) = 0;

  /// The certificates with which the agency's batches were sent, separated by commas; empty if
  /// there are none.
  virtual std::optional<std::string> senders_of(std::int64_t draw_id, std::int64_t agency_id) = 0;

  /// The agency's first batch with a number greater than the given one.
  virtual std::optional<BatchRow> batch_after(std::int64_t draw_id, std::int64_t agency_id,
                                              std::int64_t batch_number) = 0;

  /// Calls the function for each bet whose id belongs to a batch, in the order of ids. If ids count
  /// all bets of the ledger, these may be another agency's bets (if someone has changed the
  /// database); then ask for batches in the order of their ids, so that the bets are read once.
  virtual void each_bet(std::int64_t draw_id, std::int64_t agency_id, const BatchRow& batch,
                        const std::function<void(const BetRow&)>& bet) = 0;

  virtual bool is_winner(std::int64_t draw_id, std::int64_t agency_id, std::int64_t bet_id) = 0;

  /// Calls the function for each winner of the agency whose bet id belongs to a batch, in the order
  /// of ids.
  virtual void each_winner(std::int64_t draw_id, std::int64_t agency_id, const BatchRow& batch,
                           const std::function<void(std::int64_t bet_id)>& winner) = 0;

  /// Calls the function for every winner of a draw, and says whether it is a bet of that agency in
  /// that draw on `winning_number`. Returns the number of winners.
  virtual std::int64_t check_winners(
      std::int64_t draw_id, std::int64_t winning_number,
      const std::function<void(std::int64_t agency_id, std::int64_t bet_id, bool has_won)>&
          winner) = 0;

  virtual void each_upload(const std::function<void(const UploadRow&)>& upload) = 0;

  /// Calls the function for each upload that exists without a batch (`has_batch` is false), or that
  /// has a batch in a draw but no row.
  virtual void each_wrong_upload(
      const std::function<void(const UploadRow&, bool has_batch)>& upload) = 0;

  /// The number of rows in `bets`, of all draws and agencies.
  virtual std::int64_t count_bets() = 0;

  /// The greatest id of a bet; 0 if there is none. Only if ids count all bets of the ledger.
  virtual std::int64_t greatest_bet_id() = 0;

 protected:
  StoredRows() = default;
};

}  // namespace lottery
