#include "service/storage/postgresql/postgresql_write_transaction.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "service/stopwatch.h"
#include "service/storage/postgresql/errors.h"
#include "service/storage/postgresql/patience.h"
#include "service/storage/postgresql/server_checks.h"

namespace lottery::postgresql {
namespace {

template <typename Id>
std::optional<std::string> hex_or_nothing(const std::optional<Id>& id) {
  if (!id) return {};
  return id->hex;
}

}  // namespace

std::string random_token() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::system_error(errno, std::generic_category(), "getrandom");
  }
  std::string token;
  for (const unsigned char byte : bytes) {
    token += digits[byte >> 4U];
    token += digits[byte & 15U];
  }
  return token;
}

PostgresqlWriteTransaction::PostgresqlWriteTransaction(Connection& connection, AgencyId agency,
                                                       Deadline deadline, const Context& context,
                                                       LookUp look_up)
    : PostgresqlView(connection, deadline),
      agency_(agency),
      context_(context),
      look_up_(std::move(look_up)) {
  const Stopwatch wait;
  connection_.queue(statement::begin_write);
  if (!lock_and_read()) {
    connection_.queue(statement::add_agency, Parameters().add(agency.value));
    if (!lock_and_read()) throw std::logic_error("an agency's lock has no row");
  }
  wait.observe(context_.metrics.write_turn_wait);
}

bool PostgresqlWriteTransaction::lock_and_read() {
  connection_.queue(statement::lock_agency, Parameters().add(agency_.value));
  connection_.queue(statement::open_draw);
  connection_.queue(statement::newest_books, Parameters().add(agency_.value));
  const auto rows = connection_.finish(deadline_);
  const auto answers = std::span(rows).last<3>();  // before them, those of what was queued already
  open_draw_ = draw_in(answers[1]);
  newest_ = books_in(answers[2]);
  // Another agency's DONE may have drawn between the two questions.
  const bool is_over = std::any_of(newest_.begin(), newest_.end(), [&](const StoredBooks& stored) {
    return stored.draw == open_draw_ && stored.books.state == BooksState::drawn;
  });
  if (is_over) open_draw_ = PostgresqlView::open_draw();
  return answers[0].count() == 1;
}

PostgresqlWriteTransaction::~PostgresqlWriteTransaction() {
  if (is_open_) context_.unconfirmed_reads.add();
  if (!is_open_ || !connection_.is_usable()) return;
  try {
    run(statement::roll_back, {});
  } catch (const std::exception&) {
    connection_.give_up();
  }
}

std::optional<DrawId> PostgresqlWriteTransaction::open_draw() { return open_draw_; }

std::optional<AgencyBooks> PostgresqlWriteTransaction::books(DrawId draw, AgencyId agency) {
  if (agency != agency_) return PostgresqlView::books(draw, agency);
  const auto stored = stored_books(draw);
  if (!stored) return {};
  return stored->books;
}

std::optional<StoredBooks> PostgresqlWriteTransaction::stored_books(DrawId draw) {
  const auto known = std::find_if(newest_.begin(), newest_.end(),
                                  [&](const StoredBooks& stored) { return stored.draw == draw; });
  if (known != newest_.end()) return *known;
  auto found = books_in(run(statement::books, Parameters().add(draw.value).add(agency_.value)));
  if (found.empty()) return {};
  return std::move(found.front());
}

DrawId PostgresqlWriteTransaction::begin_draw(std::span<const AgencyId> agencies) {
  run(statement::lock_draws, {});
  // Another agency's transaction may have opened a draw since the first query.
  open_draw_ = PostgresqlView::open_draw();
  if (!open_draw_) {
    open_draw_ = draw_in(run(statement::insert_draw, {}));
    std::string ids;
    for (const AgencyId agency : agencies) {
      if (!ids.empty()) ids += ',';
      ids += to_string(agency);
    }
    run(statement::insert_agencies, Parameters().add(open_draw_->value).add(ids));
  }
  return *open_draw_;
}

void PostgresqlWriteTransaction::begin_upload(DrawId draw, AgencyId agency,
                                              const UploadId& upload) {
  connection_.queue(statement::insert_upload,
                    Parameters().add(agency.value).add(upload.hex).add(draw.value));
}

void PostgresqlWriteTransaction::store_batch(DrawId draw, AgencyId agency, std::int64_t number,
                                             const std::optional<UploadId>& upload,
                                             std::span<const Bet> bets, const std::string& sha256,
                                             const Sender& sender) {
  const std::int64_t first_bet_id = stored_books(draw)->next_bet_id;
  trace_ = {.kind = Trace::Kind::batch, .draw = draw, .batch = number, .token = random_token()};
  connection_.queue(statement::insert_batch, Parameters()
                                                 .add(draw.value)
                                                 .add(agency.value)
                                                 .add(number)
                                                 .add(first_bet_id)
                                                 .add(static_cast<std::int64_t>(bets.size()))
                                                 .add(sha256)
                                                 .add(hex_or_nothing(upload))
                                                 .add(hex_or_nothing(sender))
                                                 .add(trace_.token));
  connection_.queue(statement::insert_bets, Parameters()
                                                .add(first_bet_id)
                                                .add(draw.value)
                                                .add(agency.value)
                                                .add_texts(bets, &Bet::first_name)
                                                .add_texts(bets, &Bet::last_name)
                                                .add_texts(bets, &Bet::document)
                                                .add_texts(bets, &Bet::birthdate)
                                                .add_numbers(bets));
}

StoredBatch PostgresqlWriteTransaction::compare_batch(DrawId draw, AgencyId agency,
                                                      std::int64_t number, const UploadId& upload,
                                                      std::span<const Bet> bets) {
  const Rows batch =
      run(statement::batch, Parameters().add(draw.value).add(agency.value).add(number));
  if (batch.count() == 0 || batch.text(0, 0) != upload.hex) return StoredBatch::of_another_upload;
  const std::int64_t before = batch.number(0, 1) - 1;
  const std::int64_t count = batch.number(0, 2);
  const Rows stored = run(statement::bets_after,
                          Parameters().add(draw.value).add(agency.value).add(before).add(count));
  if (static_cast<std::size_t>(stored.count()) != bets.size()) return StoredBatch::with_other_bets;
  for (int row = 0; row < stored.count(); ++row) {
    if (bet_in(stored, row) != bets[static_cast<std::size_t>(row)]) {
      return StoredBatch::with_other_bets;
    }
  }
  return StoredBatch::same;
}

void PostgresqlWriteTransaction::close_books(DrawId draw, AgencyId agency, const Books& balance,
                                             const Sender& sender) {
  run(statement::lock_closing, Parameters().add(draw.value));
  trace_ = {.kind = Trace::Kind::closing, .draw = draw, .token = random_token()};
  run(statement::close_books, Parameters()
                                  .add(draw.value)
                                  .add(agency.value)
                                  .add(balance.bets)
                                  .add(balance.sha256)
                                  .add(hex_or_nothing(sender))
                                  .add(trace_.token));
}

bool PostgresqlWriteTransaction::all_books_closed(DrawId draw) {
  return !run(statement::has_open_books, Parameters().add(draw.value)).is_true(0, 0);
}

std::int64_t PostgresqlWriteTransaction::draw_winners(DrawId draw, std::int32_t winning_number) {
  deadline_ = std::max(deadline_, std::chrono::steady_clock::now() + patience::for_a_draw);
  run(statement::delete_winners, Parameters().add(draw.value));
  const std::int64_t winners =
      run(statement::insert_winners, Parameters().add(draw.value).add(winning_number)).affected();
  connection_.queue(statement::end_draw, Parameters().add(draw.value).add(winning_number));
  connection_.queue(statement::tell_draw);
  return winners;
}

void PostgresqlWriteTransaction::commit() {
  connection_.queue(statement::commit);
  bool is_replicated = false;
  try {
    const Stopwatch sync;
    is_replicated = finish_durably(connection_, context_.synchronous_replicas, deadline_);
    is_open_ = false;
    sync.observe(context_.metrics.sync);
  } catch (const ConnectionLost&) {
    is_open_ = false;
    if (!look_up_(trace_)) throw;
    return;
  }
  if (!is_replicated) {
    // It is stored on this server, and may be lost with it.
    connection_.give_up();
    throw OutcomeUnknown(
        "the database has stored the transaction without waiting for its replicas");
  }
}

}  // namespace lottery::postgresql
