#include "protocol/answer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <variant>
#include <vector>

#include "tests/support/random_bet.h"
#include "text/printable.h"

namespace lottery::test {
namespace {

constexpr Bet ana{.first_name = "Ana María",
                  .last_name = "D'Elia",
                  .document = "30904465",
                  .birthdate = "1999-03-17",
                  .number = 7574};
constexpr Bet luz{.first_name = "Luz",
                  .last_name = "Paz",
                  .document = "24807259",
                  .birthdate = "2001-02-03",
                  .number = 0};

/// What `append` appends to existing bytes.
template <typename Append>
std::string bytes_of(const Append& append) {
  std::string out("before|");
  append(out);
  EXPECT_TRUE(out.starts_with("before|"));
  return out.substr(7);
}

/// The decoder's error for the answer; empty if the answer is valid.
std::string problem(std::string_view message) {
  const auto decoded = decode_answer(message);
  const auto* bad = std::get_if<InvalidAnswer>(&decoded);
  return bad == nullptr ? "" : bad->problem;
}

template <typename Kind>
bool is(std::string_view message) {
  const auto decoded = decode_answer(message);
  return std::holds_alternative<Answer>(decoded) &&
         std::holds_alternative<Kind>(std::get<Answer>(decoded));
}

TEST(Ack, HasTheseBytes) {
  EXPECT_EQ(bytes_of([](std::string& out) { append_ack(out, Dialect::typed); }), "server:0\r\n");
  EXPECT_EQ(bytes_of([](std::string& out) { append_ack(out, Dialect::untyped); }), "server:0\n");
}

TEST(Error, HasTheseBytes) {
  EXPECT_EQ(bytes_of([](std::string& out) { append_error(out, Dialect::typed, "bet 1: no"); }),
            "server:1:bet 1: no\r\n");
  EXPECT_EQ(bytes_of([](std::string& out) { append_error(out, Dialect::untyped, "bet 1: no"); }),
            "server:1\n");
}

TEST(Wait, HasTheseBytes) { EXPECT_EQ(bytes_of(append_wait), "server:2\r\n"); }

TEST(Winners, HaveTheseBytes) {
  EXPECT_EQ(bytes_of([](std::string& out) {
              begin_winners(out);
              append_winner(out, AgencyId{3}, ana);
              append_winner(out, AgencyId{3}, luz);
              end_winners(out);
            }),
            "server:3:3,Ana María,D'Elia,30904465,1999-03-17,7574\n"
            "3,Luz,Paz,24807259,2001-02-03,0\n\r\n");
}

TEST(Winners, HaveTheseBytesWhereThereAreNone) {
  EXPECT_EQ(bytes_of([](std::string& out) {
              begin_winners(out);
              end_winners(out);
            }),
            "server:3:\r\n");
}

TEST(DecodeAnswer, KnowsAckAndWait) {
  EXPECT_TRUE(is<Ack>("server:0"));
  EXPECT_TRUE(is<Wait>("server:2"));
}

TEST(DecodeAnswer, KnowsAnErrorWithAndWithoutItsReason) {
  const auto with = decode_answer("server:1:bet 17: birthdate '1999-02-30' is not a date");
  EXPECT_EQ(std::get<Error>(std::get<Answer>(with)).reason,
            "bet 17: birthdate '1999-02-30' is not a date");
  const auto without = decode_answer("server:1");
  EXPECT_EQ(std::get<Error>(std::get<Answer>(without)).reason, "");
  const auto empty = decode_answer("server:1:");
  EXPECT_EQ(std::get<Error>(std::get<Answer>(empty)).reason, "");
}

TEST(DecodeAnswer, ReadsWinnersInTheirOrder) {
  const std::string message =
      "server:3:3,Ana María,D'Elia,30904465,1999-03-17,7574\n3,Luz,Paz,24807259,2001-02-03,0\n";
  const auto decoded = decode_answer(message);
  const auto& winners = std::get<Winners>(std::get<Answer>(decoded)).winners;
  ASSERT_EQ(winners.size(), 2U);
  EXPECT_EQ(winners[0].agency, AgencyId{3});
  EXPECT_EQ(winners[0].bet, ana);
  EXPECT_EQ(winners[1].agency, AgencyId{3});
  EXPECT_EQ(winners[1].bet, luz);
}

TEST(DecodeAnswer, ForgivesAMissingLfBehindTheLastWinner) {
  const auto decoded = decode_answer("server:3:3,Luz,Paz,24807259,2001-02-03,0");
  EXPECT_EQ(std::get<Winners>(std::get<Answer>(decoded)).winners.size(), 1U);
}

TEST(DecodeAnswer, ReadsNoWinners) {
  const auto decoded = decode_answer("server:3:");
  EXPECT_TRUE(std::get<Winners>(std::get<Answer>(decoded)).winners.empty());
}

TEST(DecodeAnswer, RefusesWinnersWithABadOneAndNamesIt) {
  EXPECT_EQ(problem("server:3:3,Luz,Paz,24807259,2001-02-30,0\n"),
            "the winner '3,Luz,Paz,24807259,2001-02-30,0': "
            "birthdate '2001-02-30' is not a date (YYYY-MM-DD)");
  EXPECT_EQ(problem("server:3:Luz,Paz,24807259,2001-02-03,0\n"),
            "the winner 'Luz,Paz,24807259,2001-02-03,0' does not begin with an agency's id");
  EXPECT_EQ(problem("server:3:3\n"), "the winner '3' does not begin with an agency's id");
  EXPECT_EQ(problem("server:3:03,Luz,Paz,24807259,2001-02-03,0\n"),
            "the winner '03,Luz,Paz,24807259,2001-02-03,0' does not begin with an agency's id");
}

TEST(DecodeAnswer, DoesNotForgiveAnEmptyLineAmongTheWinners) {
  const std::string winner = "3,Luz,Paz,24807259,2001-02-03,0\n";
  EXPECT_EQ(problem("server:3:" + winner), "");
  EXPECT_NE(problem("server:3:" + winner + "\n"), "");
  EXPECT_NE(problem("server:3:" + winner + "\n" + winner), "");
  EXPECT_NE(problem("server:3:\n"), "");
}

TEST(DecodeAnswer, RefusesWhatNoServiceSays) {
  for (const std::string_view message :
       {"", "server", "server:", "server:4", "server:00", "server:0 ", "server:0:", "server:2:",
        "server:3", "server:10", "server 0", "Server:0", "1:0", "0", "HTTP/1.1 400 Bad Request"}) {
    EXPECT_EQ(problem(message), in_quotes(message) + " is not an answer of a lottery service");
  }
}

TEST(DecodeAnswer, RefusesBytesThatAreNotUtf8) {
  EXPECT_EQ(problem("server:1:\xFF"), "the answer is not UTF-8");
  EXPECT_EQ(problem("server:3:3,\xC3,Paz,24807259,2001-02-03,0\n"), "the answer is not UTF-8");
}

TEST(DecodeAnswer, ReadsTheWinnersThatWereWritten) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::vector<std::string> lines(random() % 50);
    for (std::string& line : lines) line = random_bet_line(random);
    const AgencyId agency{static_cast<std::int32_t>(random() % 2147483648U)};

    std::string message;
    begin_winners(message);
    for (const std::string& line : lines) {
      append_winner(message, agency, std::get<Bet>(parse_bet(line)));
    }
    end_winners(message);
    ASSERT_TRUE(message.ends_with("\r\n"));
    message.resize(message.size() - 2);

    const auto decoded = decode_answer(message);
    ASSERT_TRUE(std::holds_alternative<Answer>(decoded)) << problem(message);
    const auto& winners = std::get<Winners>(std::get<Answer>(decoded)).winners;
    ASSERT_EQ(winners.size(), lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      ASSERT_EQ(winners[i].agency, agency);
      ASSERT_EQ(winners[i].bet, std::get<Bet>(parse_bet(lines[i])));
    }
  }
}

TEST(ResumePointAnswer, IsWrittenAsTheProtocolSaysAndReadBack) {
  const std::string sha256(64, 'f');
  for (const auto& [state, name] :
       {std::pair(BooksState::open, "open"), std::pair(BooksState::closed, "closed"),
        std::pair(BooksState::drawn, "drawn")}) {
    std::string bytes;
    append_resume_point(bytes, {.draw = 3, .state = state, .batches = 12, .books = {1700, sha256}});
    EXPECT_EQ(bytes, std::string("server:9:3:") + name + ":12:1700:" + sha256 + "\r\n");

    const auto decoded = decode_answer(std::string_view(bytes).substr(0, bytes.size() - 2));
    const auto& point = std::get<ResumePoint>(std::get<Answer>(decoded));
    EXPECT_EQ(point.draw, 3);
    EXPECT_EQ(point.state, state);
    EXPECT_EQ(point.batches, 12);
    EXPECT_EQ(point.books, (Books{1700, sha256}));
  }
}

TEST(ResumePointAnswer, IsRefusedWhereAFieldIsMissingOrWrong) {
  const std::string sha256(64, 'f');
  for (const std::string& body :
       {std::string(), std::string("3:open:12:1700"), "x:open:12:1700:" + sha256,
        "3:ajar:12:1700:" + sha256, "3:open::1700:" + sha256, "3:open:12:-1:" + sha256,
        "3:open:12:1700:" + sha256 + "f", "3:open:12:1700:" + sha256 + ":x"}) {
    SCOPED_TRACE(body);
    const std::string message = "server:9:" + body;
    EXPECT_TRUE(std::holds_alternative<InvalidAnswer>(decode_answer(message)));
  }
}

}  // namespace
}  // namespace lottery::test
