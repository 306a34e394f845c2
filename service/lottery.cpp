#include "service/lottery.h"

#include <algorithm>
#include <utility>

namespace lottery {
namespace {

// How often the balance is computed again because a batch arrived meanwhile.
constexpr int balance_attempts_max = 8;

// The number of winners read at once: at most 64 KiB, so that others get the reader soon.
constexpr std::size_t winners_at_once = 240;

Rejected not_in_the_draw(AgencyId agency) {
  return Rejected{"the draw has no agency " + to_string(agency)};
}

Rejected books_not_open(AgencyId agency, DrawId draw, BooksState state) {
  if (state == BooksState::drawn) {
    return Rejected{"draw " + std::to_string(draw.value) + " has been drawn"};
  }
  return Rejected{"the books of agency " + to_string(agency) + " are closed until the draw"};
}

Rejected past_the_next(std::int64_t number, std::int64_t next) {
  return Rejected{"batch " + std::to_string(number) + " is past the next one, " +
                  std::to_string(next)};
}

Rejected stored_otherwise(std::int64_t number, StoredBatch stored) {
  return Rejected{
      "batch " + std::to_string(number) + " is stored already, " +
      (stored == StoredBatch::with_other_bets ? "with other bets" : "by another upload")};
}

Books balance_of(std::span<const Bet> bets) {
  BooksBalance balance;
  for (const Bet& bet : bets) balance.add(bet);
  return balance.books();
}

Rejected do_not_balance(AgencyId agency, const Books& declared, const Books& found) {
  if (declared.bets != found.bets) {
    return Rejected{"the books of agency " + to_string(agency) + " do not balance: it says " +
                    std::to_string(declared.bets) + " bets, and the service has " +
                    std::to_string(found.bets)};
  }
  return Rejected{"the books of agency " + to_string(agency) +
                  " do not balance: the service has the SHA-256 " + found.sha256};
}

}  // namespace

Lottery::Lottery(Ledger& ledger, DrawTerms terms)
    : ledger_(ledger), terms_(std::move(terms)), turns_(ledger.long_reads_max()) {
  ledger_.watch_draws([this] { announcement_.wake(); });
}

Lottery::~Lottery() { ledger_.watch_draws({}); }

NotYetDurable<BetsOutcome> Lottery::place_bets(AgencyId agency, std::span<const Bet> bets,
                                               const Sender& sender) {
  const std::string sha256 = balance_of(bets).sha256;  // computed before the write turn

  BetsOutcome outcome;
  ledger_.write(agency, [&](WriteTransaction& transaction) {
    const auto open = books_in_open_draw(agency, transaction);
    if (open && open->books.state != BooksState::open) {
      outcome = books_not_open(agency, *open->draw, open->books.state);
      return;
    }
    const auto draw = open ? draw_to_write(agency, *open, transaction) : std::nullopt;
    if (!draw) {
      outcome = not_in_the_draw(agency);
      return;
    }
    const std::int64_t number = open->books.batches + 1;
    transaction.store_batch(*draw, agency, number, {}, bets, sha256, sender);
    transaction.commit();
    outcome = BetsStored{*draw, number};
  });
  return NotYetDurable<BetsOutcome>(std::move(outcome));
}

NotYetDurable<NumberedBetsOutcome> Lottery::place_numbered_bets(AgencyId agency,
                                                                std::int64_t number,
                                                                std::span<const Bet> bets,
                                                                const UploadContext& context,
                                                                const Sender& sender) {
  const std::string sha256 = balance_of(bets).sha256;  // computed before the write turn

  NumberedBetsOutcome outcome;
  ledger_.write(agency, [&](WriteTransaction& transaction) {
    outcome = place_numbered_bets(agency, number, bets, sha256, context, sender, transaction);
  });
  return NotYetDurable<NumberedBetsOutcome>(std::move(outcome));
}

NumberedBetsOutcome Lottery::place_numbered_bets(AgencyId agency, std::int64_t number,
                                                 std::span<const Bet> bets,
                                                 const std::string& sha256,
                                                 const UploadContext& context, const Sender& sender,
                                                 WriteTransaction& transaction) const {
  const auto meant = books_meant(agency, context, transaction);
  if (!meant) return not_in_the_draw(agency);
  const AgencyBooks& books = meant->books;

  if (number <= books.batches) {
    const StoredBatch stored =
        transaction.compare_batch(*meant->draw, agency, number, context.upload, bets);
    if (stored == StoredBatch::same) return BetsStoredBefore{*meant->draw};
    return stored_otherwise(number, stored);
  }
  if (books.state != BooksState::open) return books_not_open(agency, *meant->draw, books.state);
  const auto resumed = draw_after_resume_point(agency, context, transaction);
  if (resumed && meant->draw && *resumed != *meant->draw) {
    return books_not_open(agency, *resumed, BooksState::drawn);
  }
  if (number > books.batches + 1) return past_the_next(number, books.batches + 1);

  const auto draw = draw_to_write(agency, *meant, transaction);
  if (!draw) return not_in_the_draw(agency);
  if (!own_draw_of(agency, context, transaction)) {
    transaction.begin_upload(*draw, agency, context.upload);
  }
  transaction.store_batch(*draw, agency, number, context.upload, bets, sha256, sender);
  transaction.commit();
  return BetsStored{*draw, number};
}

NotYetDurable<DoneOutcome> Lottery::close_books(AgencyId agency,
                                                const std::optional<Books>& declared,
                                                const UploadContext* context,
                                                const Sender& sender) {
  // The balance is computed while others write. It stays valid unless a batch arrives meanwhile,
  // which only another client of the same agency can send.
  for (int attempt = 0; attempt < balance_attempts_max; ++attempt) {
    const auto balance = balance_of_open_books(agency, context);
    std::optional<DoneOutcome> outcome;
    ledger_.write(agency, [&](WriteTransaction& transaction) {
      outcome = close_books(agency, balance, declared, context, sender, transaction);
    });
    if (!outcome) continue;
    if (const auto* closed = std::get_if<BooksClosed>(&*outcome)) {
      running_books_.forget(agency);
      turns_.books_closed(agency);
      if (closed->drawn) running_books_.forget_all();
    }
    return NotYetDurable<DoneOutcome>(std::move(*outcome));
  }
  throw LedgerUnavailable("the books of agency " + to_string(agency) +
                          " take bets while they are closed");
}

std::optional<DoneOutcome> Lottery::close_books(AgencyId agency,
                                                const std::optional<Balance>& balance,
                                                const std::optional<Books>& declared,
                                                const UploadContext* context, const Sender& sender,
                                                WriteTransaction& transaction) {
  const auto meant = context == nullptr ? books_in_open_draw(agency, transaction)
                                        : books_meant(agency, *context, transaction);
  if (!meant) return not_in_the_draw(agency);
  const AgencyBooks& books = meant->books;
  if (books.state != BooksState::open) {
    if (declared && *declared != books.balance) {
      return do_not_balance(agency, *declared, books.balance.value_or(Books{}));
    }
    return BooksClosed{};
  }

  const bool holds = balance && balance->draw == meant->draw && balance->batches == books.batches;
  const bool is_empty = books.batches == 0;
  if (!holds && !is_empty) return {};
  const Books found = holds ? balance->books : balance_of({});
  if (declared && *declared != found) return do_not_balance(agency, *declared, found);

  const auto draw = draw_to_write(agency, *meant, transaction);
  if (!draw) return not_in_the_draw(agency);
  BooksClosed closed;
  transaction.close_books(*draw, agency, found, sender);
  if (transaction.all_books_closed(*draw)) {
    closed.drawn = Drawn{*draw, transaction.draw_winners(*draw, terms_.winning_number)};
  }
  if (!closed.drawn) {
    transaction.commit();
    return closed;
  }
  announcement_.expect();
  try {
    transaction.commit();
  } catch (...) {
    announcement_.cancel();
    throw;
  }
  return closed;
}

std::optional<Lottery::Balance> Lottery::balance_of_open_books(AgencyId agency,
                                                               const UploadContext* context) {
  // If there is nothing to read, no turn is needed.
  if (!open_books_with_bets(agency, context, *ledger_.begin_read())) return {};

  return balances_.share(agency, [&](const auto& begins) -> std::optional<Balance> {
    LongReadTurns::Turn turn(turns_, agency);
    turn.oblige_to_rest();
    begins();
    const auto changes_by_others = ledger_.changes_by_others();
    const auto transaction = ledger_.begin_long_read();
    // Only one draw is open, so all threads that share this read mean these books.
    const auto open = open_books_with_bets(agency, context, *transaction);
    if (!open) return {};
    const DrawId draw = *open->draw;
    return Balance{
        draw, open->books.batches,
        running_balance(agency, draw, open->books, Rows::all, changes_by_others, *transaction)};
  });
}

std::optional<Lottery::DrawBooks> Lottery::open_books_with_bets(AgencyId agency,
                                                                const UploadContext* context,
                                                                LedgerView& ledger) {
  const auto draw = context == nullptr ? ledger.open_draw() : draw_meant(agency, *context, ledger);
  if (!draw) return {};
  const auto books = ledger.books(*draw, agency);
  if (!books || books->state != BooksState::open || books->batches == 0) return {};
  return DrawBooks{.draw = *draw, .books = *books};
}

Books Lottery::running_balance(AgencyId agency, DrawId draw, const AgencyBooks& books, Rows rows,
                               std::optional<std::int64_t> changes_by_others,
                               ReadTransaction& transaction) {
  std::optional<RunningBalance> known;
  if (changes_by_others && rows == Rows::new_ones) {
    known = running_books_.take(agency, draw, books.batches, *changes_by_others);
  }
  RunningBalance running = known ? std::move(*known) : RunningBalance{.draw = draw};
  if (running.batches < books.batches) {
    transaction.each_bet(draw, agency, running.batches,
                         [&](const Bet& bet) { running.balance.add(bet); });
  }
  Books found = running.balance.books();
  if (changes_by_others) {
    running.batches = books.batches;
    running.changes_by_others = *changes_by_others;
    running_books_.keep(agency, std::move(running));
  }
  return found;
}

NotYetDurable<ResumeOutcome> Lottery::resume(AgencyId agency, const UploadId& upload) {
  if (!ledger_.begin_read()->draw_of_upload(agency, upload)) ledger_.check_that_it_stores();
  if (const auto changes_by_others = ledger_.changes_by_others()) {
    const auto remembered = [&](DrawId draw, const AgencyBooks& books) {
      return running_books_.books(agency, draw, books.batches, *changes_by_others);
    };
    auto outcome = resume(agency, upload, *ledger_.begin_read(), remembered);
    if (outcome) return NotYetDurable<ResumeOutcome>(std::move(*outcome));
  }

  LongReadTurns::Turn turn(turns_, agency);
  const auto changes_by_others = ledger_.changes_by_others();
  const auto transaction = ledger_.begin_long_read();
  const auto from_rows = [&](DrawId draw, const AgencyBooks& books) {
    if (!changes_by_others) turn.oblige_to_rest();  // then each RESUME reads all rows
    return running_balance(agency, draw, books, Rows::new_ones, changes_by_others, *transaction);
  };
  return NotYetDurable<ResumeOutcome>(*resume(agency, upload, *transaction, from_rows));
}

std::optional<ResumeOutcome> Lottery::resume(AgencyId agency, const UploadId& upload,
                                             ReadTransaction& transaction,
                                             const OpenBalance& open_balance) const {
  const auto own_draw = transaction.draw_of_upload(agency, upload);
  auto draw = own_draw;
  if (!draw) {
    if (const auto newest = transaction.newest_draw_of(agency)) draw = newest->draw;
  }
  if (draw) {
    const auto books = transaction.books(*draw, agency);
    auto balance = books->balance;
    if (!balance) balance = books->batches == 0 ? balance_of({}) : open_balance(*draw, *books);
    if (!balance) return {};
    return Resumption{{draw->value, books->state, books->batches, *balance},
                      {upload, *draw, books->state == BooksState::drawn, own_draw}};
  }

  // The open draw or, if none is open, the next one.
  const auto newest = transaction.newest_draw();
  const bool is_open = newest && newest->phase == Phase::open;
  const bool has_agency =
      is_open ? transaction.books(newest->draw, agency).has_value() : is_in_next_draw(agency);
  if (!has_agency) return not_in_the_draw(agency);
  const std::int64_t last = newest ? newest->draw.value : 0;
  const DrawId next{is_open ? last : last + 1};
  return Resumption{{next.value, BooksState::open, 0, balance_of({})}, {upload, next}};
}

NotYetDurable<WinnersOutcome> Lottery::winners(AgencyId agency) {
  const auto asked = draw_asked_for(agency);
  if (const auto* refused = std::get_if<Rejected>(&asked))
    return NotYetDurable<WinnersOutcome>(*refused);
  const auto& draw = std::get<std::optional<DrawPhase>>(asked);
  if (!draw || draw->phase == Phase::open) return NotYetDurable<WinnersOutcome>(NotDrawnYet{});
  return NotYetDurable<WinnersOutcome>(DrawnWinners{draw->draw, agency});
}

NotYetDurable<WinnersOutcome> Lottery::winners_of(DrawId draw, AgencyId agency) {
  const auto transaction = ledger_.begin_read();
  const auto books = transaction->books(draw, agency);
  if (!books) {
    const auto newest = transaction->newest_draw();
    const std::string name = "draw " + std::to_string(draw.value);
    const bool is_known = newest && newest->draw >= draw;
    return NotYetDurable<WinnersOutcome>(
        Rejected{is_known ? name + " has no agency " + to_string(agency) : "there is no " + name});
  }
  if (books->state != BooksState::drawn) return NotYetDurable<WinnersOutcome>(NotDrawnYet{});
  return NotYetDurable<WinnersOutcome>(DrawnWinners{draw, agency});
}

NotYetDurable<Overview> Lottery::overview(OverviewCounter& counter) {
  return NotYetDurable<Overview>(counter.count(*ledger_.begin_read()));
}

void Lottery::check_that_it_stores() {
  ledger_.check_that_it_stores();
  ledger_.sync();
}

bool Lottery::read_winners(DrawnWinners& winners, const std::function<void(const Bet&)>& winner) {
  std::size_t handed_over = 0;
  const auto last = ledger_.begin_read()->winners_after(
      winners.draw, winners.agency, winners.last_read, winners_at_once, [&](const Bet& bet) {
        ++handed_over;
        winner(bet);
      });
  if (last) winners.last_read = *last;
  return handed_over == winners_at_once;
}

std::variant<std::optional<DrawPhase>, Rejected> Lottery::draw_asked_for(AgencyId agency) {
  const auto transaction = ledger_.begin_read();
  if (const auto newest = transaction->newest_draw_of(agency)) return newest;
  // The agency has no bets and no DONE yet. The newest draw is the open one, or the last one drawn.
  const auto newest = transaction->newest_draw();
  const bool has_agency =
      newest ? transaction->books(newest->draw, agency).has_value() : is_in_next_draw(agency);
  if (!has_agency) return not_in_the_draw(agency);
  return newest;
}

std::optional<DrawId> Lottery::own_draw_of(AgencyId agency, const UploadContext& context,
                                           LedgerView& ledger) {
  if (context.own_draw) return context.own_draw;
  // Another connection of the same upload may have stored the upload's first batch since the
  // RESUME.
  return ledger.draw_of_upload(agency, context.upload);
}

std::optional<DrawId> Lottery::draw_meant(AgencyId agency, const UploadContext& context,
                                          LedgerView& ledger) {
  if (const auto own_draw = own_draw_of(agency, context, ledger)) return own_draw;
  return draw_after_resume_point(agency, context, ledger);
}

std::optional<DrawId> Lottery::draw_after_resume_point(AgencyId agency,
                                                       const UploadContext& context,
                                                       LedgerView& ledger) {
  if (!context.was_drawn) return context.resume_point_draw;
  if (const auto next = ledger.next_draw_of(agency, context.resume_point_draw)) return next;
  return ledger.open_draw();
}

std::optional<Lottery::DrawBooks> Lottery::books_meant(AgencyId agency,
                                                       const UploadContext& context,
                                                       WriteTransaction& transaction) const {
  const auto draw = draw_meant(agency, context, transaction);
  if (draw) {
    if (const auto books = transaction.books(*draw, agency))
      return DrawBooks{.draw = *draw, .books = *books};
  }
  // The draw that RESUME_POINT named may not have opened yet.
  auto open = books_in_open_draw(agency, transaction);
  if (!open || !draw) return open;
  if (open->draw && *open->draw != *draw) return {};
  open->next_draw = draw;
  return open;
}

std::optional<Lottery::DrawBooks> Lottery::books_in_open_draw(AgencyId agency,
                                                              WriteTransaction& transaction) const {
  for (;;) {
    const auto draw = transaction.open_draw();
    if (!draw) {
      if (!is_in_next_draw(agency)) return {};
      return DrawBooks{};
    }
    const auto books = transaction.books(*draw, agency);
    if (!books) return {};
    // Another agency's DONE may have drawn between the two queries. This can't happen twice: the
    // next draw needs a DONE of this agency, whose transactions run one after another.
    if (books->state != BooksState::drawn) return DrawBooks{.draw = *draw, .books = *books};
  }
}

std::optional<DrawId> Lottery::draw_to_write(AgencyId agency, const DrawBooks& books,
                                             WriteTransaction& transaction) const {
  if (books.draw) return books.draw;
  const DrawId draw = transaction.begin_draw(terms_.agencies);
  if (books.next_draw && *books.next_draw != draw) return {};
  // Another agency's transaction may have opened the draw, with other agencies. If the draw has
  // this agency, its books are open: only this agency's transactions close them, and they run one
  // after another.
  if (!transaction.books(draw, agency)) return {};
  return draw;
}

bool Lottery::is_in_next_draw(AgencyId agency) const {
  return std::find(terms_.agencies.begin(), terms_.agencies.end(), agency) != terms_.agencies.end();
}

}  // namespace lottery
