#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/agency_id.h"
#include "protocol/answer.h"
#include "protocol/bet.h"
#include "protocol/books.h"
#include "protocol/upload_id.h"
#include "service/draw_announcement.h"
#include "service/draw_overview.h"
#include "service/ledger.h"
#include "service/long_read_turns.h"
#include "service/running_books.h"
#include "service/shared_reads.h"
#include "service/untold.h"

namespace lottery {

/// The configured terms of draws.
struct DrawTerms {
  std::vector<AgencyId> agencies;   ///< of draws that open from now on; one or more
  std::int32_t winning_number = 0;  ///< of draws that are drawn from now on
};

/// A draw that has just happened.
struct Drawn {
  DrawId draw;
  std::int64_t winners = 0;
};

/// The rules do not allow the message; nothing has changed. `reason` is a sentence for a person.
struct Rejected {
  std::string reason;
};

struct BetsStored {
  DrawId draw;
  std::int64_t batch = 0;  ///< the number that the batch got
};

/// The same upload had stored the same batch before.
struct BetsStoredBefore {
  DrawId draw;
};

/// The result of a RESUME: the upload that the following messages belong to, and the draw that they
/// are meant for. That draw is the upload's own draw. While the upload has stored nothing, it is
/// the draw in the RESUME_POINT or, if that draw was drawn, the agency's next draw.
struct UploadContext {
  UploadId upload;
  DrawId resume_point_draw;
  bool was_drawn = false;            ///< whether the RESUME_POINT said that the draw was drawn
  std::optional<DrawId> own_draw{};  ///< set once it is known; never changes then
};

/// The answer to RESUME.
struct Resumption {
  ResumePoint point;
  UploadContext context;
};

/// The agency's books are closed for this draw, now or since an earlier DONE.
struct BooksClosed {
  std::optional<Drawn> drawn;  ///< set if this was the last agency, and the draw happened
};

struct NotDrawnYet {};

/// An agency's winners in a draw that has happened. Lottery::read_winners() reads them.
struct DrawnWinners {
  DrawId draw;
  AgencyId agency;
  BetId last_read{};  ///< the last winner that read_winners() has passed
};

using BetsOutcome = std::variant<BetsStored, Rejected>;
using NumberedBetsOutcome = std::variant<BetsStored, BetsStoredBefore, Rejected>;
using DoneOutcome = std::variant<BooksClosed, Rejected>;
using ResumeOutcome = std::variant<Resumption, Rejected>;
using WinnersOutcome = std::variant<DrawnWinners, NotDrawnYet, Rejected>;

/// The lottery's rules: who may bet, when a draw opens, when it happens, and who is told what.
///
/// Each message is a call. When the call returns, its changes are committed but not durable, and
/// neither are the changes of other agencies that the call has seen. So each call returns an Untold
/// outcome. make_durable() turns it into an outcome that may be told.
///
/// Calls throw what the ledger throws; nothing has changed then. Any thread may call.
class Lottery {
 public:
  /// `ledger` must outlive the lottery.
  Lottery(Ledger& ledger, DrawTerms terms);
  ~Lottery();
  Lottery(const Lottery&) = delete;
  Lottery& operator=(const Lottery&) = delete;

  /// BETS: stores all of `bets`, in their order, as the agency's next batch, or stores none. Here
  /// and in the calls below, the caller has checked that `sender` may speak for the agency.
  Untold<BetsOutcome> place_bets(AgencyId agency, std::span<const Bet> bets,
                                 const Sender& sender = {});

  /// NUMBERED_BETS: stores all of `bets`, in their order, as the agency's batch `number` in the
  /// draw that `context` is meant for, or stores none.
  Untold<NumberedBetsOutcome> place_numbered_bets(AgencyId agency, std::int64_t number,
                                                  std::span<const Bet> bets,
                                                  const UploadContext& context,
                                                  const Sender& sender = {});

  /// DONE: the agency has no more bets for the draw that `context` is meant for or, without a
  /// context, for the open draw. If this was the last agency, the draw happens in this call. The
  /// caller must then make the outcome durable, log it, and call announcement().announce(), without
  /// delay. `declared` is the agency's own balance of its books. If it differs from the stored
  /// bets, open books stay open. For closed books it is compared with the balance at closing.
  Untold<DoneOutcome> close_books(AgencyId agency, const std::optional<Books>& declared = {},
                                  const UploadContext* context = nullptr,
                                  const Sender& sender = {});

  /// RESUME: how far the agency's books are. The balance of open books is computed from the stored
  /// bets; only bets stored since the last RESUME or DONE are read. Closed books have the balance
  /// that they were closed with. Throws LedgerUnavailable if the upload has stored nothing yet and
  /// the ledger can't store anything now.
  Untold<ResumeOutcome> resume(AgencyId agency, const UploadId& upload);

  /// REQUEST_WINNERS: the agency's winners in its newest draw.
  Untold<WinnersOutcome> winners(AgencyId agency);

  /// AWAIT_WINNERS: the agency's winners in this draw.
  Untold<WinnersOutcome> winners_of(DrawId draw, AgencyId agency);

  /// Calls `winner` with the next few winning bets of `winners`, which make_durable() has returned,
  /// in the order in which the bets were stored. The reference is valid during the call only.
  /// Returns false when there are no more. Winners of a draw that has happened never change, so
  /// they are read in parts and no transaction stays open in between: a peer that reads its answer
  /// slowly delays nobody.
  bool read_winners(DrawnWinners& winners, const std::function<void(const Bet&)>& winner);

  /// The draws as the status page shows them, counted by `counter`. No other thread may use
  /// `counter` meanwhile.
  Untold<Overview> overview(OverviewCounter& counter);

  /// The agencies of the next draw.
  const std::vector<AgencyId>& next_agencies() const noexcept { return terms_.agencies; }

  /// Throws LedgerUnavailable or LedgerFailed if no bet could be stored now. Tests it with a write
  /// that changes nothing, and makes that durable.
  void check_that_it_stores();

  /// Makes the outcome durable and returns it; it may be told now. Throws LedgerFailed.
  template <typename Outcome>
  Outcome make_durable(Untold<Outcome>&& outcome) {
    ledger_.sync();
    return std::move(outcome.outcome_);
  }

  /// Makes several outcomes durable with one sync, and returns them in their order. If it throws,
  /// `outcomes` still holds them.
  template <typename Outcome>
  std::vector<Outcome> make_durable(std::vector<Untold<Outcome>>&& outcomes) {
    if (!outcomes.empty()) ledger_.sync();
    std::vector<Outcome> durable;
    durable.reserve(outcomes.size());
    for (Untold<Outcome>& outcome : outcomes) durable.push_back(std::move(outcome.outcome_));
    outcomes.clear();
    return durable;
  }

  /// From now on, reads of whole books and of winners throw LedgerUnavailable, even those that are
  /// running: a service that stops can't wait for them.
  void end_reads() noexcept {
    turns_.end();
    ledger_.end_reads();
  }

  /// Wakes the subscribers when a draw has happened and is in the log.
  DrawAnnouncement& announcement() noexcept { return announcement_; }

 private:
  /// An agency's books in `draw` or, without it, in the draw that would open next.
  struct DrawBooks {
    std::optional<DrawId> draw;
    AgencyBooks books;
    std::optional<DrawId> next_draw{};  ///< if `draw` is empty: the id that the next draw must have
  };

  /// The balance of open books, computed from the stored bets.
  struct Balance {
    DrawId draw;
    std::int64_t batches = 0;
    Books books;
  };

  NumberedBetsOutcome place_numbered_bets(AgencyId agency, std::int64_t number,
                                          std::span<const Bet> bets, const std::string& sha256,
                                          const UploadContext& context, const Sender& sender,
                                          WriteTransaction& transaction) const;

  /// Nothing if a batch has been stored since `balance` was computed.
  std::optional<DoneOutcome> close_books(AgencyId agency, const std::optional<Balance>& balance,
                                         const std::optional<Books>& declared,
                                         const UploadContext* context, const Sender& sender,
                                         WriteTransaction& transaction);

  /// Computes the balance from all rows. Threads that ask at the same time share one computation.
  /// Nothing if the books are not open, or have no bets.
  std::optional<Balance> balance_of_open_books(AgencyId agency, const UploadContext* context);

  /// The rows that a balance is computed from.
  enum class Rows : std::uint8_t {
    new_ones,  ///< rows stored since the cached balance, if there is one
    all,       ///< all rows; the cached balance stays available to RESUMEs meanwhile
  };

  /// Computes and caches the balance of these open books, which must have bets. The agency must
  /// have its turn.
  Books running_balance(AgencyId agency, DrawId draw, const AgencyBooks& books, Rows rows,
                        std::optional<std::int64_t> changes_by_others,
                        ReadTransaction& transaction);

  /// Returns the balance of open books that have bets, or nothing if it does not know it.
  using OpenBalance = std::function<std::optional<Books>(DrawId, const AgencyBooks&)>;

  /// Nothing if `open_balance` does not know the balance.
  std::optional<ResumeOutcome> resume(AgencyId agency, const UploadId& upload,
                                      ReadTransaction& transaction,
                                      const OpenBalance& open_balance) const;

  /// The open books that `context` is meant for or, without a context, those in the open draw.
  /// Nothing if there are none, or if they have no bets.
  static std::optional<DrawBooks> open_books_with_bets(AgencyId agency,
                                                       const UploadContext* context,
                                                       LedgerView& ledger);

  /// Nothing if the upload has stored no batch.
  static std::optional<DrawId> own_draw_of(AgencyId agency, const UploadContext& context,
                                           LedgerView& ledger);

  /// The draw that the messages after the RESUME_POINT of `context` are meant for while the upload
  /// has stored nothing. Nothing if it is the draw that opens next. The draw may be over, and the
  /// upload may belong to a later one: then a late message is only looked up in it, and not stored.
  static std::optional<DrawId> draw_after_resume_point(AgencyId agency,
                                                       const UploadContext& context,
                                                       LedgerView& ledger);

  /// The draw that `context` is meant for; nothing if it is the one that opens next.
  static std::optional<DrawId> draw_meant(AgencyId agency, const UploadContext& context,
                                          LedgerView& ledger);

  /// The agency's books in the draw that `context` is meant for, or in the next one. Nothing if
  /// that draw does not have the agency.
  std::optional<DrawBooks> books_meant(AgencyId agency, const UploadContext& context,
                                       WriteTransaction& transaction) const;

  /// The agency's books in the open draw or, if none is open, in the next one. Nothing if that draw
  /// does not have the agency. Does not open a draw: a draw has many agencies, and a message that
  /// is refused must not insert them all and roll them back.
  std::optional<DrawBooks> books_in_open_draw(AgencyId agency, WriteTransaction& transaction) const;

  /// The draw of these books; opens it if it is the next one. Nothing if another agency's
  /// transaction has opened it without this agency, or if it is not the draw that it must be.
  std::optional<DrawId> draw_to_write(AgencyId agency, const DrawBooks& books,
                                      WriteTransaction& transaction) const;

  /// The draw whose winners REQUEST_WINNERS asks for; nothing if none has opened yet.
  std::variant<std::optional<DrawPhase>, Rejected> draw_asked_for(AgencyId agency);

  bool is_in_next_draw(AgencyId agency) const;

  Ledger& ledger_;
  DrawTerms terms_;
  LongReadTurns turns_;
  SharedReads<std::optional<Balance>> balances_;
  RunningBooks running_books_;
  DrawAnnouncement announcement_;
};

}  // namespace lottery
