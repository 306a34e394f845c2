#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "service/draw_overview.h"
#include "service/lottery.h"
#include "service/storage/postgresql/postgresql_ledger.h"
#include "service/storage/sqlite/sqlite_ledger.h"
#include "tests/support/memory_ledger.h"
#include "tests/support/postgresql_server.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

constexpr AgencyId one{1};
constexpr AgencyId two{2};
const std::vector<AgencyId> both{one, two};
const UploadId upload_a{std::string(32, 'a')};
const UploadId upload_b{std::string(32, 'b')};
const std::string sha256(64, '0');
const Sender sender = CertificateSha256{std::string(64, 'c')};

Bet bet(std::string_view document, std::int32_t number = 1) {
  return {"Ana", "D'Elia", document, "1999-03-17", number};
}

/// The engine of one test.
struct Engine {
  std::string name;
  std::function<std::unique_ptr<Ledger>(const TemporaryFolder&)> open;
};

std::ostream& operator<<(std::ostream& out, const Engine& engine) { return out << engine.name; }

const std::vector<Engine> engines{
    {"memory", [](const TemporaryFolder&) { return std::make_unique<MemoryLedger>(); }},
    {"sqlite",
     [](const TemporaryFolder& folder) {
       return std::make_unique<SqliteLedger>(folder / "bets.db",
                                             [](const std::string& why) { ADD_FAILURE() << why; });
     }},
    {"postgresql", [](const TemporaryFolder&) {
       return std::make_unique<PostgresqlLedger>(PostgresqlSettings{
           .connection = postgresql_server().new_database(), .connections_max = 8});
     }}};

/// What ledger.h promises, for every engine.
class LedgerContract : public testing::TestWithParam<Engine> {
 protected:
  void write(AgencyId agency, const std::function<void(WriteTransaction&)>& work) {
    ledger_->write(agency, work);
    ledger_->sync();
  }

  DrawId begin_draw(AgencyId agency = one) {
    DrawId draw;
    write(agency, [&](WriteTransaction& transaction) {
      draw = transaction.begin_draw(both);
      transaction.commit();
    });
    return draw;
  }

  void store(DrawId draw, AgencyId agency, std::int64_t number, const std::vector<Bet>& bets,
             const std::optional<UploadId>& upload = {}) {
    write(agency, [&](WriteTransaction& transaction) {
      if (upload && !transaction.draw_of_upload(agency, *upload)) {
        transaction.begin_upload(draw, agency, *upload);
      }
      transaction.store_batch(draw, agency, number, upload, bets, sha256, sender);
      transaction.commit();
    });
  }

  /// True if the draw has happened.
  bool close(DrawId draw, AgencyId agency, std::int64_t bets = 0) {
    bool is_drawn = false;
    write(agency, [&](WriteTransaction& transaction) {
      transaction.close_books(draw, agency, Books{bets, sha256}, sender);
      is_drawn = transaction.all_books_closed(draw);
      if (is_drawn) winners_ = transaction.draw_winners(draw, 7574);
      transaction.commit();
    });
    return is_drawn;
  }

  std::vector<std::string> documents(DrawId draw, AgencyId agency, std::int64_t after_batch = 0) {
    std::vector<std::string> found;
    ledger_->begin_long_read()->each_bet(
        draw, agency, after_batch, [&](const Bet& each) { found.emplace_back(each.document); });
    return found;
  }

  std::optional<AgencyBooks> books(DrawId draw, AgencyId agency) {
    return ledger_->begin_read()->books(draw, agency);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Ledger> ledger_ = GetParam().open(folder_);
  std::int64_t winners_ = -1;
};

/// What ledger.h promises to several threads. The ledger in memory works for one only.
class ConcurrentLedgerContract : public LedgerContract {};

using Documents = std::vector<std::string>;

TEST_P(LedgerContract, HasNothingAtFirst) {
  const auto read = ledger_->begin_read();
  EXPECT_FALSE(read->open_draw());
  EXPECT_FALSE(read->newest_draw());
  EXPECT_FALSE(read->newest_draw_of(one));
  EXPECT_FALSE(read->next_draw_of(one, DrawId{0}));
  EXPECT_FALSE(read->draw_of_upload(one, upload_a));
  EXPECT_FALSE(read->books(DrawId{1}, one));
  EXPECT_TRUE(read->newest_draws(5).empty());
}

TEST_P(LedgerContract, OpensADrawWithItsAgencies) {
  EXPECT_EQ(begin_draw(), DrawId{1});
  const auto read = ledger_->begin_read();
  EXPECT_EQ(read->open_draw(), DrawId{1});
  ASSERT_TRUE(read->books(DrawId{1}, two));
  EXPECT_EQ(read->books(DrawId{1}, two)->batches, 0);
  EXPECT_EQ(read->books(DrawId{1}, two)->state, BooksState::open);
  EXPECT_FALSE(read->books(DrawId{1}, AgencyId{3}));
  EXPECT_FALSE(read->newest_draw_of(one)) << "it has neither a bet nor a DONE";
}

TEST_P(LedgerContract, KeepsBetsByteForByteInTheirOrder) {
  const DrawId draw = begin_draw();
  const std::vector<Bet> bets{{"\\\"{}", "D'Elia NULL", "a\tb", "1999-03-17", 0},
                              {"Ñandú 🎲", "%s;--", "NULL", "2000-02-29", 2147483647}};
  store(draw, one, 1, bets);
  store(draw, one, 2, {bet("third")});
  std::vector<std::string> lines;
  ledger_->begin_long_read()->each_bet(draw, one, 0, [&](const Bet& each) {
    lines.push_back(std::string(each.first_name) + "|" + std::string(each.last_name) + "|" +
                    std::string(each.document) + "|" + std::string(each.birthdate) + "|" +
                    std::to_string(each.number));
  });
  EXPECT_EQ(lines, (std::vector<std::string>{"\\\"{}|D'Elia NULL|a\tb|1999-03-17|0",
                                             "Ñandú 🎲|%s;--|NULL|2000-02-29|2147483647",
                                             "Ana|D'Elia|third|1999-03-17|1"}));
  EXPECT_EQ(documents(draw, one, 1), Documents{"third"});
  EXPECT_EQ(documents(draw, two), Documents{});
  EXPECT_EQ(books(draw, one)->batches, 2);
}

TEST_P(LedgerContract, StoresNothingOfATransactionThatIsNotCommitted) {
  const DrawId draw = begin_draw();
  write(one, [&](WriteTransaction& transaction) {
    transaction.store_batch(draw, one, 1, {}, std::vector<Bet>{bet("a")}, sha256, {});
  });
  EXPECT_THROW(write(one,
                     [&](WriteTransaction& transaction) {
                       transaction.store_batch(draw, one, 1, {}, std::vector<Bet>{bet("b")}, sha256,
                                               {});
                       throw std::invalid_argument("no");
                     }),
               std::invalid_argument);
  EXPECT_EQ(books(draw, one)->batches, 0);
  store(draw, one, 1, {bet("c")});
  EXPECT_EQ(documents(draw, one), Documents{"c"});
}

TEST_P(LedgerContract, ComparesABatchWithTheOneThatIsStored) {
  const DrawId draw = begin_draw();
  const std::vector<Bet> bets{bet("a"), bet("b")};
  store(draw, one, 1, bets, upload_a);
  store(draw, one, 2, {bet("c")});
  const auto compare = [&](std::int64_t number, const UploadId& upload,
                           const std::vector<Bet>& with) {
    StoredBatch found{};
    write(one, [&](WriteTransaction& transaction) {
      found = transaction.compare_batch(draw, one, number, upload, with);
    });
    return found;
  };
  EXPECT_EQ(compare(1, upload_a, bets), StoredBatch::same);
  EXPECT_EQ(compare(1, upload_b, bets), StoredBatch::of_another_upload);
  EXPECT_EQ(compare(2, upload_a, {bet("c")}), StoredBatch::of_another_upload);
  EXPECT_EQ(compare(1, upload_a, {bet("a")}), StoredBatch::with_other_bets);
  EXPECT_EQ(compare(1, upload_a, {bet("b"), bet("a")}), StoredBatch::with_other_bets);
  EXPECT_EQ(compare(1, upload_a, {bet("a"), bet("b"), bet("c")}), StoredBatch::with_other_bets);
}

TEST_P(LedgerContract, RemembersTheDrawOfAnUpload) {
  const DrawId draw = begin_draw();
  store(draw, one, 1, {bet("a")}, upload_a);
  const auto read = ledger_->begin_read();
  EXPECT_EQ(read->draw_of_upload(one, upload_a), draw);
  EXPECT_FALSE(read->draw_of_upload(two, upload_a));
  EXPECT_FALSE(read->draw_of_upload(one, upload_b));
}

TEST_P(LedgerContract, DrawsOnceAllBooksAreClosed) {
  const DrawId draw = begin_draw();
  store(draw, one, 1, {bet("a", 7574), bet("b"), bet("c", 7574)});
  store(draw, two, 1, {bet("d", 7574)});
  EXPECT_FALSE(close(draw, one, 3));
  EXPECT_EQ(books(draw, one)->state, BooksState::closed);
  EXPECT_EQ(books(draw, one)->balance, (Books{3, sha256}));
  EXPECT_EQ(ledger_->begin_read()->open_draw(), draw);
  EXPECT_TRUE(close(draw, two, 1));
  EXPECT_EQ(winners_, 3);
  EXPECT_EQ(books(draw, one)->state, BooksState::drawn);
  EXPECT_FALSE(ledger_->begin_read()->open_draw());
  EXPECT_EQ(ledger_->begin_read()->newest_draw()->phase, Phase::drawn);

  Documents found;
  const auto take = [&](const Bet& winner) { found.emplace_back(winner.document); };
  const auto first = ledger_->begin_read()->winners_after(draw, one, BetId{}, 1, take);
  ASSERT_TRUE(first);
  const auto last = ledger_->begin_read()->winners_after(draw, one, *first, 10, take);
  ASSERT_TRUE(last);
  EXPECT_FALSE(ledger_->begin_read()->winners_after(draw, one, *last, 10, take));
  EXPECT_EQ(found, (Documents{"a", "c"}));
}

TEST_P(LedgerContract, FindsTheDrawsOfAnAgency) {
  const DrawId first = begin_draw();
  store(first, one, 1, {bet("a")});
  close(first, one, 1);
  close(first, two);
  const DrawId second = begin_draw(two);
  EXPECT_EQ(second, DrawId{2});
  {
    const auto read = ledger_->begin_read();
    EXPECT_EQ(read->newest_draw_of(one)->draw, first);
    EXPECT_EQ(read->newest_draw_of(one)->phase, Phase::drawn);
    EXPECT_FALSE(read->next_draw_of(one, first));
  }
  store(second, one, 1, {bet("b")});
  const auto read = ledger_->begin_read();
  EXPECT_EQ(read->newest_draw_of(one)->draw, second);
  EXPECT_EQ(read->newest_draw_of(one)->phase, Phase::open);
  EXPECT_EQ(read->next_draw_of(one, first), second);
  EXPECT_EQ(read->next_draw_of(two, first), std::nullopt);
}

TEST_P(LedgerContract, ReadsOneMomentForAWholeTransaction) {
  const DrawId draw = begin_draw();
  store(draw, one, 1, {bet("a")});
  const auto read = ledger_->begin_long_read();
  EXPECT_EQ(read->books(draw, one)->batches, 1);
  store(draw, one, 2, {bet("b")});
  EXPECT_EQ(read->books(draw, one)->batches, 1);
  Documents found;
  read->each_bet(draw, one, 0, [&](const Bet& each) { found.emplace_back(each.document); });
  EXPECT_EQ(found, Documents{"a"});
}

TEST_P(LedgerContract, ReadsManyBetsInTheirOrder) {
  const DrawId draw = begin_draw();
  constexpr int batches = 13;
  constexpr std::size_t bets_of_batch = 1000;
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < batches * bets_of_batch; ++i) numbers.push_back(std::to_string(i));
  for (int batch = 0; batch < batches; ++batch) {
    std::vector<Bet> bets;
    for (std::size_t i = 0; i < bets_of_batch; ++i) {
      bets.push_back(bet(numbers.at(static_cast<std::size_t>(batch) * bets_of_batch + i)));
    }
    store(draw, one, batch + 1, bets);
  }
  EXPECT_EQ(documents(draw, one), numbers);
  EXPECT_EQ(documents(draw, one, 12).front(), "12000");
}

TEST_P(LedgerContract, TellsWhatAWatcherAsks) {
  const DrawId draw = begin_draw();
  store(draw, one, 1, {bet("a", 7574), bet("b")});
  store(draw, one, 2, {bet("c")});
  OverviewCounter counter;
  {
    const Overview overview = counter.count(*ledger_->begin_read());
    ASSERT_TRUE(overview.newest);
    EXPECT_FALSE(overview.newest->draw.drawn_at);
    EXPECT_EQ(overview.newest->agencies.at(0).bets, 3);
    EXPECT_EQ(overview.newest->agencies.at(0).batches, 2);
    EXPECT_TRUE(overview.newest->agencies.at(0).last_batch_at);
    EXPECT_FALSE(overview.newest->agencies.at(1).last_batch_at);
  }
  close(draw, one, 3);
  close(draw, two);
  {
    const Overview overview = counter.count(*ledger_->begin_read());
    EXPECT_EQ(overview.newest->draw.winning_number, 7574);
    EXPECT_TRUE(overview.newest->draw.drawn_at);
    EXPECT_EQ(overview.newest->agencies.at(0).winners, 1);
    EXPECT_GE(*overview.newest->draw.drawn_at, overview.newest->draw.opened_at);
  }
  begin_draw();
  const Overview overview = counter.count(*ledger_->begin_read());
  ASSERT_EQ(overview.past.size(), 1U);
  EXPECT_EQ(overview.past.front().bets, 3);
  EXPECT_EQ(overview.past.front().winners, 1);
  EXPECT_FALSE(ledger_->files().engine.empty());
  EXPECT_NO_THROW(ledger_->check_that_it_stores());
}

TEST_P(ConcurrentLedgerContract, OrdersTheBatchesOfAnAgencyThatComeAtOnce) {
  const DrawId draw = begin_draw();
  constexpr int threads = 6;
  constexpr int batches = 20;
  std::vector<std::future<void>> clients;
  for (int thread = 0; thread < threads; ++thread) {
    clients.push_back(std::async(std::launch::async, [&, thread] {
      for (int batch = 0; batch < batches; ++batch) {
        const std::string document = std::to_string(thread) + "-" + std::to_string(batch);
        ledger_->write(one, [&](WriteTransaction& transaction) {
          const std::int64_t last = transaction.books(draw, one)->batches;
          transaction.store_batch(draw, one, last + 1, {}, std::vector<Bet>{bet(document)}, sha256,
                                  {});
          transaction.commit();
        });
      }
    }));
  }
  for (auto& client : clients) client.get();
  EXPECT_EQ(books(draw, one)->batches, threads * batches);
  std::map<std::string, int> next;  // batch of each thread
  for (const std::string& document : documents(draw, one)) {
    const std::string thread = document.substr(0, document.find('-'));
    EXPECT_EQ(document, thread + "-" + std::to_string(next[thread]++));
  }
}

TEST_P(ConcurrentLedgerContract, OpensOneDrawForAgenciesThatComeAtOnce) {
  for (int round = 1; round <= 5; ++round) {
    std::vector<std::future<DrawId>> firsts;
    for (const AgencyId agency : both) {
      firsts.push_back(std::async(std::launch::async, [&, agency] {
        DrawId draw;
        ledger_->write(agency, [&](WriteTransaction& transaction) {
          const auto open = transaction.open_draw();
          draw = open ? *open : transaction.begin_draw(both);
          transaction.commit();
        });
        return draw;
      }));
    }
    for (auto& first : firsts) EXPECT_EQ(first.get(), DrawId{round});
    close(DrawId{round}, one);
    EXPECT_TRUE(close(DrawId{round}, two));
  }
}

TEST_P(ConcurrentLedgerContract, DrawsOnceForLastAgenciesThatCloseAtOnce) {
  for (int round = 1; round <= 10; ++round) {
    const DrawId draw = begin_draw();
    std::vector<std::future<bool>> lasts;
    for (const AgencyId agency : both) {
      lasts.push_back(std::async(std::launch::async, [&, agency] {
        bool is_drawn = false;
        ledger_->write(agency, [&](WriteTransaction& transaction) {
          transaction.close_books(draw, agency, Books{0, sha256}, {});
          is_drawn = transaction.all_books_closed(draw);
          if (is_drawn) transaction.draw_winners(draw, 7574);
          transaction.commit();
        });
        return is_drawn;
      }));
    }
    EXPECT_EQ(static_cast<int>(lasts[0].get()) + static_cast<int>(lasts[1].get()), 1);
    EXPECT_FALSE(ledger_->begin_read()->open_draw());
  }
}

TEST_P(LedgerContract, LetsAWholeLotteryTakePlace) {
  Lottery lottery(*ledger_, {.agencies = both, .winning_number = 7574});
  const auto context = std::get<Resumption>(lottery.make_durable(lottery.resume(one, upload_a)));
  const std::vector<Bet> bets{bet("a", 7574), bet("b")};
  EXPECT_TRUE(std::holds_alternative<BetsStored>(
      lottery.make_durable(lottery.place_numbered_bets(one, 1, bets, context.context))));
  EXPECT_TRUE(std::holds_alternative<BetsStoredBefore>(
      lottery.make_durable(lottery.place_numbered_bets(one, 1, bets, context.context))));
  const auto resumed = std::get<Resumption>(lottery.make_durable(lottery.resume(one, upload_a)));
  EXPECT_EQ(resumed.point.books.bets, 2);
  EXPECT_TRUE(std::holds_alternative<BooksClosed>(
      lottery.make_durable(lottery.close_books(one, resumed.point.books))));
  const auto last = lottery.make_durable(lottery.close_books(two));
  ASSERT_TRUE(std::get<BooksClosed>(last).drawn);
  EXPECT_EQ(std::get<BooksClosed>(last).drawn->winners, 1);
  lottery.announcement().announce();
  auto winners = std::get<DrawnWinners>(lottery.make_durable(lottery.winners(one)));
  Documents found;
  while (
      lottery.read_winners(winners, [&](const Bet& each) { found.emplace_back(each.document); })) {
  }
  EXPECT_EQ(found, Documents{"a"});
}

INSTANTIATE_TEST_SUITE_P(Engines, LedgerContract, testing::ValuesIn(engines),
                         [](const auto& test) { return test.param.name; });
INSTANTIATE_TEST_SUITE_P(Engines, ConcurrentLedgerContract,
                         testing::ValuesIn(engines.begin() + 1, engines.end()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace lottery::test
