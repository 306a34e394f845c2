#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "protocol/agency_id.h"
#include "protocol/answer.h"
#include "protocol/bet.h"
#include "protocol/books.h"
#include "service/ledger.h"

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
struct Refused {
  std::string reason;
};

struct BetsStored {
  DrawId draw;
  std::int64_t batch = 0;  ///< the number that it got
};

/// The batch was stored before, under the same number and with the same bets.
struct BetsStoredBefore {};

/// What RESUME_POINT has said on a connection. A batch or a balance that comes after it is meant
/// for the draw that it spoke of, or, where that was drawn, for the agency's next one; and not for
/// one that has opened since another client of the same agency has brought this one to its end.
struct Resumed {
  DrawId draw;
  BooksState state = BooksState::open;
};

/// The agency's books are closed for this draw, now or since an earlier DONE.
struct BooksClosed {
  std::optional<Drawn> drawn;  ///< where this was the last agency
};

struct NotDrawnYet {};

/// The agency's winners have all been handed over.
struct WinnersTold {};

/// The lottery's rules: who may bet, when a draw opens, when it happens, and who is told what.
///
/// Each call is one transaction of the ledger, committed when it returns, but not durable yet: an
/// answer may leave only after Ledger::sync(). Calls throw what the ledger throws; nothing has
/// changed then. Any thread may call.
class Lottery {
 public:
  /// `ledger` must outlive the lottery.
  Lottery(Ledger& ledger, DrawTerms terms);

  /// Stores all of `bets`, in their order, or none: as the agency's next batch, or as the one with
  /// this number.
  std::variant<BetsStored, BetsStoredBefore, Refused> place_bets(
      AgencyId agency, std::span<const Bet> bets, std::optional<std::int64_t> batch_number = {},
      const std::optional<Resumed>& resumed = {});

  /// DONE: the agency has no more bets. The draw happens here where this was the last agency.
  /// `declared` is what the agency says that its books hold; they stay open where they do not.
  std::variant<BooksClosed, Refused> close_books(AgencyId agency,
                                                 const std::optional<Books>& declared = {},
                                                 const std::optional<Resumed>& resumed = {});

  /// RESUME: how far the agency's books are, their balance struck from the bets that are stored.
  std::variant<ResumePoint, Refused> resume_point(AgencyId agency);

  /// Hands every winning bet of the agency to `winner`, in the order in which they were stored;
  /// each lives for the call only.
  std::variant<WinnersTold, NotDrawnYet, Refused> winners(
      AgencyId agency, const std::function<void(const Bet&)>& winner);

 private:
  struct OpenBooks {
    DrawId draw;
    AgencyBooks books;
  };

  std::variant<BetsStored, BetsStoredBefore, Refused> place_bets(
      AgencyId agency, std::span<const Bet> bets, const std::string& sha256,
      std::optional<std::int64_t> batch_number, const std::optional<Resumed>& resumed,
      WriteTransaction& transaction) const;

  /// Nothing where a batch has come since `point` was struck.
  std::optional<std::variant<BooksClosed, Refused>> close_books(
      AgencyId agency, const ResumePoint& point, const std::optional<Books>& declared,
      const std::optional<Resumed>& resumed, WriteTransaction& transaction) const;

  /// The agency's books in the open draw, which is opened where none is; nothing where that draw
  /// does not have the agency, and then none is opened.
  std::optional<OpenBooks> books_of(AgencyId agency, WriteTransaction& transaction) const;

  /// True where `resumed` was said of the draw that `open` is in, or of the agency's last one.
  static bool is_still_meant(const Resumed& resumed, AgencyId agency, const OpenBooks& open,
                             WriteTransaction& transaction);

  bool is_in_next_draw(AgencyId agency) const;

  Ledger& ledger_;
  DrawTerms terms_;
};

}  // namespace lottery
