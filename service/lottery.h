#pragma once

#include <algorithm>
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
#include "service/not_yet_durable.h"
#include "service/running_books.h"
#include "service/shared_reads.h"

namespace lottery {

/// The configuration's terms for draws.
struct DrawTerms {
  std::vector<AgencyId> agencies;   ///< for draws that open from now on; at least one
  std::int32_t winning_number = 0;  ///< for draws that happen from now on
};

/// A draw that has just happened.
struct Drawn {
  DrawId draw;
  std::int64_t winners = 0;
};

/// The rules forbid it, and nothing has changed. `reason` is a sentence for a person.
struct Rejected {
  std::string reason;
};

struct BetsStored {
  DrawId draw;
  std::int64_t batch = 0;  ///< the number given to it
};

/// The same upload has already stored the same batch.
struct BetsStoredBefore {
  DrawId draw;
};

/// The result of a RESUME: the upload that later messages belong to, and the draw that they are
/// for. That draw is the upload's own draw. While the upload has stored nothing, it is the draw
/// that RESUME_POINT named or, if that draw was already drawn, the agency's next draw.
struct UploadContext {
  UploadId upload;
  DrawId resume_point_draw;
  bool was_drawn = false;            ///< whether RESUME_POINT said that this draw was drawn
  std::optional<DrawId> own_draw{};  ///< empty until known; then it never changes
};

/// The answer to RESUME.
struct Resumption {
  ResumePoint point;
  UploadContext context;
};

/// The agency's books are closed for this draw, by this DONE or by an earlier one.
struct BooksClosed {
  std::optional<Drawn> drawn;  ///< set if this closed the last agency's books
};

struct NotDrawnYet {};

/// An agency's winners in a draw that has happened. Read them with Lottery::read_winners().
struct DrawnWinners {
  DrawId draw;
  AgencyId agency;
  BetId last_read{};  ///< the last winner already handed over
};

using BetsOutcome = std::variant<BetsStored, Rejected>;
using NumberedBetsOutcome = std::variant<BetsStored, BetsStoredBefore, Rejected>;
using DoneOutcome = std::variant<BooksClosed, Rejected>;
using ResumeOutcome = std::variant<Resumption, Rejected>;
using WinnersOutcome = std::variant<DrawnWinners, NotDrawnYet, Rejected>;

/// The lottery's rules: who may bet, when a draw opens, when it happens, and who learns what.
///
/// Each message is one call. Its changes are committed when the call returns, but they are not
/// durable yet, and neither are changes of other agencies that the call has seen. So each call
/// returns a NotYetDurable outcome. make_durable() turns it into an outcome that may be sent to a
/// peer.
///
/// Calls throw what the ledger throws; then nothing has changed. Any thread may call.
class Lottery {
 public:
  /// `ledger` must outlive the lottery.
  Lottery(Ledger& ledger, DrawTerms terms);
  ~Lottery();
  Lottery(const Lottery&) = delete;
  Lottery& operator=(const Lottery&) = delete;

  /// BETS: stores all of `bets`, in their order, as the agency's next batch, or stores none of
  /// them. `sender` must be a peer that may speak for the agency; the calls below require this,
  /// too.
  NotYetDurable<BetsOutcome> place_bets(AgencyId agency, std::span<const Bet> bets,
                                        const Sender& sender = {});

  /// NUMBERED_BETS: stores all of `bets`, in their order, as the agency's batch `number` in the
  /// draw that `context` refers to, or stores none of them.
  NotYetDurable<NumberedBetsOutcome> place_numbered_bets(AgencyId agency, std::int64_t number,
                                                         std::span<const Bet> bets,
                                                         const UploadContext& context,
                                                         const Sender& sender = {});

  /// DONE: the agency has no more bets for the draw that `context` refers to or, without a context,
  /// for the open draw. If this was the last agency, the draw happens in this call. The caller must
  /// then make the outcome durable, log it and call announcement().announce(), without delay.
  /// `declared` is what the agency says that its books contain. Open books are not closed if they
  /// contain anything else; closed books are compared with their balance.
  NotYetDurable<DoneOutcome> close_books(AgencyId agency, const std::optional<Books>& declared = {},
                                         const UploadContext* context = nullptr,
                                         const Sender& sender = {});

  /// RESUME: the state of the agency's books. The balance of open books is computed from the stored
  /// bets; only bets that arrived after the last RESUME or DONE are read. Closed books have the
  /// balance that they were closed with. Throws LedgerUnavailable if the upload has stored nothing
  /// yet and the ledger can store nothing at present.
  NotYetDurable<ResumeOutcome> resume(AgencyId agency, const UploadId& upload);

  /// REQUEST_WINNERS: the agency's winners in its newest draw.
  NotYetDurable<WinnersOutcome> winners(AgencyId agency);

  /// AWAIT_WINNERS: the agency's winners in `draw`.
  NotYetDurable<WinnersOutcome> winners_of(DrawId draw, AgencyId agency);

  /// Calls `winner` for the next few winning bets of `winners`, which make_durable() must have
  /// returned, in the order of storing. The argument is valid during the call only. Returns false
  /// when there are no more. Winners of a past draw never change, so they are read in parts with no
  /// transaction held in between: a peer that reads slowly delays nobody.
  bool read_winners(DrawnWinners& winners, const std::function<void(const Bet&)>& winner);

  /// For monitoring: the draws as `counter` sums them up. No other thread may use `counter` during
  /// the call.
  NotYetDurable<Overview> overview(OverviewCounter& counter);

  /// The agencies of the next draw to open.
  const std::vector<AgencyId>& next_agencies() const noexcept { return terms_.agencies; }

  /// Throws LedgerUnavailable or LedgerFailed if no bet could be stored at present. It tests this
  /// by making a write durable that changes nothing.
  void check_that_it_stores();

  /// Makes the outcome durable and returns it. It may then be sent to a peer. Throws what
  /// Ledger::sync() throws.
  template <typename Outcome>
  Outcome make_durable(NotYetDurable<Outcome>&& outcome) {
    ledger_.sync();
    return std::move(outcome.outcome_);
  }

  /// The same for several outcomes, in their order, with one sync. If it throws, `outcomes` still
  /// contains them.
  template <typename Outcome>
  std::vector<Outcome> make_durable(std::vector<NotYetDurable<Outcome>>&& outcomes) {
    const bool needs_sync = std::any_of(outcomes.begin(), outcomes.end(),
                                        [](const auto& outcome) { return outcome.needs_sync_; });
    if (needs_sync) ledger_.sync();
    std::vector<Outcome> durable;
    durable.reserve(outcomes.size());
    for (NotYetDurable<Outcome>& outcome : outcomes) durable.push_back(std::move(outcome.outcome_));
    outcomes.clear();
    return durable;
  }

  /// From now on, reads of whole books and of winners throw LedgerUnavailable, even reads in
  /// progress. Shutdown can't wait for them.
  void end_reads() noexcept {
    turns_.end();
    ledger_.end_reads();
  }

  /// Wakes subscribers when a draw has happened and is in the log.
  DrawAnnouncement& announcement() noexcept { return announcement_; }

 private:
  /// An agency's books in this draw or, if `draw` is empty, in the draw that would open next.
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

  /// Returns nothing if a batch has arrived since `balance` was computed.
  std::optional<DoneOutcome> close_books(AgencyId agency, const std::optional<Balance>& balance,
                                         const std::optional<Books>& declared,
                                         const UploadContext* context, const Sender& sender,
                                         WriteTransaction& transaction);

  /// Computed from all rows, once for all threads that ask at the same time. Empty if the books are
  /// not open or contain no bets.
  std::optional<Balance> balance_of_open_books(AgencyId agency, const UploadContext* context);

  /// The rows that a balance is computed from.
  enum class Rows : std::uint8_t {
    new_ones,  ///< those after the remembered balance, if there is one
    all,       ///< the remembered balance stays available to RESUME meanwhile
  };

  /// Computes and remembers the balance of these open books, which must contain bets. The caller
  /// must hold the agency's turn to read.
  Books running_balance(AgencyId agency, DrawId draw, const AgencyBooks& books, Rows rows,
                        std::optional<std::int64_t> changes_by_others,
                        ReadTransaction& transaction);

  /// Returns the balance of open books that contain bets, or nothing if it is unknown.
  using OpenBalance = std::function<std::optional<Books>(DrawId, const AgencyBooks&)>;

  /// Returns nothing if `open_balance` does.
  std::optional<ResumeOutcome> resume(AgencyId agency, const UploadId& upload,
                                      ReadTransaction& transaction,
                                      const OpenBalance& open_balance) const;

  /// The open books that `context` refers to or, without a context, those in the open draw. Empty
  /// if there are none, or if they contain no bets.
  static std::optional<DrawBooks> open_books_with_bets(AgencyId agency,
                                                       const UploadContext* context,
                                                       LedgerView& ledger);

  /// Empty if the upload has stored no batch.
  static std::optional<DrawId> own_draw_of(AgencyId agency, const UploadContext& context,
                                           LedgerView& ledger);

  /// The draw that messages after the RESUME_POINT of `context` are for while the upload has stored
  /// nothing. Empty if that is the next draw to open. The draw may already be over, with the upload
  /// in a later one: a late message is then only compared with stored batches, and never stored.
  static std::optional<DrawId> draw_after_resume_point(AgencyId agency,
                                                       const UploadContext& context,
                                                       LedgerView& ledger);

  /// The draw that `context` refers to; empty if that is the next draw to open.
  static std::optional<DrawId> draw_meant(AgencyId agency, const UploadContext& context,
                                          LedgerView& ledger);

  /// The agency's books in the draw that `context` refers to, or in the next one. Empty if that
  /// draw does not include the agency.
  std::optional<DrawBooks> books_meant(AgencyId agency, const UploadContext& context,
                                       WriteTransaction& transaction) const;

  /// The agency's books in the open draw or, if none is open, in the next one. Empty if that draw
  /// does not include the agency. This opens no draw, because opening one inserts a row for each
  /// agency, and a rejected message would then roll them all back.
  std::optional<DrawBooks> books_in_open_draw(AgencyId agency, WriteTransaction& transaction) const;

  /// The draw of these books; opens it if it is the next one. Empty if the draw does not include
  /// the agency (another agency's transaction has opened it), or if it is not the draw that `books`
  /// requires.
  std::optional<DrawId> draw_to_write(AgencyId agency, const DrawBooks& books,
                                      WriteTransaction& transaction) const;

  /// The draw whose winners REQUEST_WINNERS asks for; empty if no draw has opened yet.
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
