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

/// What the configuration says of draws.
struct DrawTerms {
  std::vector<AgencyId> agencies;   ///< of a draw that opens from now on; one or more
  std::int32_t winning_number = 0;  ///< of a draw that is drawn from now on
};

/// A draw that has just happened.
struct Drawn {
  DrawId draw;
  std::int64_t winners = 0;
};

/// The rules do not allow it; nothing has changed. `reason` is a sentence for a person.
struct Rejected {
  std::string reason;
};

struct BetsStored {
  DrawId draw;
  std::int64_t batch = 0;  ///< the number that it got
};

/// The same upload has stored the same batch before.
struct BetsStoredBefore {
  DrawId draw;
};

/// What a RESUME has settled: the upload that the messages after it belong to, and the draw that
/// they are meant for. That is the upload's own draw; or, as long as the upload has stored nothing,
/// the draw that RESUME_POINT referred to; or, if that draw was drawn, the agency's next one.
struct UploadContext {
  UploadId upload;
  DrawId resume_point_draw;
  bool was_drawn = false;            ///< what the RESUME_POINT said of that draw
  std::optional<DrawId> own_draw{};  ///< once it is known; it never changes
};

/// The answer to RESUME.
struct Resumption {
  ResumePoint point;
  UploadContext context;
};

/// The agency's books are closed for this draw, now or since an earlier DONE.
struct BooksClosed {
  std::optional<Drawn> drawn;  ///< if this was the last agency
};

struct NotDrawnYet {};

/// The winners of an agency in a draw that has happened, to be read with Lottery::read_winners().
struct DrawnWinners {
  DrawId draw;
  AgencyId agency;
  BetId last_read{};  ///< the last one that was handed over
};

using BetsOutcome = std::variant<BetsStored, Rejected>;
using NumberedBetsOutcome = std::variant<BetsStored, BetsStoredBefore, Rejected>;
using DoneOutcome = std::variant<BooksClosed, Rejected>;
using ResumeOutcome = std::variant<Resumption, Rejected>;
using WinnersOutcome = std::variant<DrawnWinners, NotDrawnYet, Rejected>;

/// The lottery's rules: who may bet, when a draw opens, when it happens, and who is told what.
///
/// Each message is a call, and its changes are committed when the call returns. They are not
/// durable yet, and neither are other agencies' changes that the call has seen. So each call
/// returns an Untold outcome, which make_durable() turns into one that may be told.
///
/// Calls throw what the ledger throws; nothing has changed then. Any thread may call.
class Lottery {
 public:
  /// `ledger` must outlive the lottery.
  Lottery(Ledger& ledger, DrawTerms terms);
  ~Lottery();
  Lottery(const Lottery&) = delete;
  Lottery& operator=(const Lottery&) = delete;

  /// BETS: stores all of `bets`, in their order, or none, as the agency's next batch. `sender` must
  /// be a peer that may speak for the agency; so for the calls below.
  Untold<BetsOutcome> place_bets(AgencyId agency, std::span<const Bet> bets,
                                 const Sender& sender = {});

  /// NUMBERED_BETS: stores all of `bets`, in their order, or none, as the agency's batch `number`
  /// in the draw that `context` is meant for.
  Untold<NumberedBetsOutcome> place_numbered_bets(AgencyId agency, std::int64_t number,
                                                  std::span<const Bet> bets,
                                                  const UploadContext& context,
                                                  const Sender& sender = {});

  /// DONE: the agency has no more bets for the draw that `context` is meant for or, without one,
  /// for the open draw. The draw happens here if this was the last agency: then the caller must
  /// make the outcome durable, log it, and call announcement().announce(), without delay.
  /// `declared` is what the agency says that its books hold. Open books stay open if they hold
  /// anything else, and closed books are compared with what they were closed with.
  Untold<DoneOutcome> close_books(AgencyId agency, const std::optional<Books>& declared = {},
                                  const UploadContext* context = nullptr,
                                  const Sender& sender = {});

  /// RESUME: how far the agency's books are. The balance of open books is computed from the bets
  /// that are stored; only those are read that have come since the last RESUME or DONE. Closed
  /// books have the balance that they were closed with. Throws LedgerUnavailable if the upload has
  /// stored nothing yet and nothing could be stored now.
  Untold<ResumeOutcome> resume(AgencyId agency, const UploadId& upload);

  /// REQUEST_WINNERS: the agency's winners in its newest draw.
  Untold<WinnersOutcome> winners(AgencyId agency);

  /// AWAIT_WINNERS: the same for this draw.
  Untold<WinnersOutcome> winners_of(DrawId draw, AgencyId agency);

  /// Hands the next few winning bets of `winners`, which make_durable() has returned, to `winner`,
  /// in the order in which the bets were stored. Each lives for the call only. Returns false once
  /// there are no more. Winners of a draw that has happened never change, so they are read in parts
  /// and nothing is held in between: a peer that reads its answer slowly keeps nobody waiting.
  bool read_winners(DrawnWinners& winners, const std::function<void(const Bet&)>& winner);

  /// For those who watch: the draws, as `counter` makes them out. `counter` must not be used by
  /// another thread meanwhile.
  Untold<Overview> overview(OverviewCounter& counter);

  /// The agencies of the next draw that opens.
  const std::vector<AgencyId>& next_agencies() const noexcept { return terms_.agencies; }

  /// Throws LedgerUnavailable or LedgerFailed if no bet could be stored now. Finds out by storing
  /// something that changes nothing, and making it durable.
  void check_that_it_stores();

  /// Makes durable what the outcome says, and returns it: it may be told now. Throws LedgerFailed.
  template <typename Outcome>
  Outcome make_durable(Untold<Outcome>&& outcome) {
    ledger_.sync();
    return std::move(outcome.outcome_);
  }

  /// The same for several, which share one sync, and keep their order. If it throws, `outcomes`
  /// still holds them.
  template <typename Outcome>
  std::vector<Outcome> make_durable(std::vector<Untold<Outcome>>&& outcomes) {
    if (!outcomes.empty()) ledger_.sync();
    std::vector<Outcome> durable;
    durable.reserve(outcomes.size());
    for (Untold<Outcome>& outcome : outcomes) durable.push_back(std::move(outcome.outcome_));
    outcomes.clear();
    return durable;
  }

  /// From now on reading whole books, or winners, throws LedgerUnavailable, even if it is under
  /// way: a service that stops can't wait for it.
  void end_reads() noexcept {
    turns_.end();
    ledger_.end_reads();
  }

  /// Tells who has subscribed when a draw has happened and is in the log.
  DrawAnnouncement& announcement() noexcept { return announcement_; }

 private:
  /// An agency's books, in this draw or, without one, in the draw that would open next.
  struct DrawBooks {
    std::optional<DrawId> draw;
    AgencyBooks books;
    std::optional<DrawId> next_draw{};  ///< if there is no draw: what the next one must be
  };

  /// The balance of open books, computed from the bets that are stored.
  struct Balance {
    DrawId draw;
    std::int64_t batches = 0;
    Books books;
  };

  NumberedBetsOutcome place_numbered_bets(AgencyId agency, std::int64_t number,
                                          std::span<const Bet> bets, const std::string& sha256,
                                          const UploadContext& context, const Sender& sender,
                                          WriteTransaction& transaction) const;

  /// Nothing if a batch has come since `balance` was computed.
  std::optional<DoneOutcome> close_books(AgencyId agency, const std::optional<Balance>& balance,
                                         const std::optional<Books>& declared,
                                         const UploadContext* context, const Sender& sender,
                                         WriteTransaction& transaction);

  /// Computed from all rows, once for all who ask for it at the same time. Nothing if the books are
  /// not open, or have no bets.
  std::optional<Balance> balance_of_open_books(AgencyId agency, const UploadContext* context);

  /// Which rows a balance is computed from.
  enum class Rows : std::uint8_t {
    new_ones,  ///< those that have come since it was remembered, if it is
    all,       ///< meanwhile, what is remembered is still there for those who ask with RESUME
  };

  /// The balance of these open books, which have bets; it is remembered. The agency must have its
  /// turn.
  Books running_balance(AgencyId agency, DrawId draw, const AgencyBooks& books, Rows rows,
                        std::optional<std::int64_t> changes_by_others,
                        ReadTransaction& transaction);

  /// Says the balance of open books that have bets, or nothing if it does not know it.
  using OpenBalance = std::function<std::optional<Books>(DrawId, const AgencyBooks&)>;

  /// Nothing if `open_balance` does not know the balance.
  std::optional<ResumeOutcome> resume(AgencyId agency, const UploadId& upload,
                                      ReadTransaction& transaction,
                                      const OpenBalance& open_balance) const;

  /// The open books that `context` is meant for or, without one, those in the open draw. Nothing if
  /// there are none, or if they have no bets.
  static std::optional<DrawBooks> open_books_with_bets(AgencyId agency,
                                                       const UploadContext* context,
                                                       LedgerView& ledger);

  /// Nothing if the upload has stored no batch.
  static std::optional<DrawId> own_draw_of(AgencyId agency, const UploadContext& context,
                                           LedgerView& ledger);

  /// The draw that what follows the RESUME_POINT of `context` is meant for as long as the upload
  /// has stored nothing; nothing if it is the one that opens next. It may be over, and the upload
  /// in a later one: a late message is then only looked up there, and not stored.
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
  /// does not have the agency. It opens no draw: a draw has many agencies, and what is refused must
  /// not insert them all and roll them back.
  std::optional<DrawBooks> books_in_open_draw(AgencyId agency, WriteTransaction& transaction) const;

  /// The draw of these books, which is opened if it is the next one. Nothing if it does not
  /// have the agency, for another agency's transaction has opened it, or if it is not the one that
  /// it must be.
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
