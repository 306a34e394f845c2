#include "protocol/request.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <variant>
#include <vector>

#include "tests/support/random_bet.h"
#include "text/printable.h"
#include "text/utf8.h"

namespace lottery::test {
namespace {

using Strings = std::vector<std::string>;

const std::string upload = "0123456789abcdef0123456789abcdef";
const std::string ana = "Ana,Elia,30904465,1999-03-17,7574";
const std::string luz = "Luz,Paz,24807259,2001-02-03,0";

/// The request that was decoded from a message, with copies of the texts that it refers to.
struct Decoded {
  std::string kind;  ///< "BETS", "DONE", "REQUEST_WINNERS" or "bad"
  std::int32_t agency = -1;
  Dialect dialect = Dialect::typed;
  Strings bets;
  InvalidRequest bad{};
};

Decoded decode(RequestDecoder& decoder, std::string_view message) {
  const auto decoded = decoder.decode(message);
  if (const auto* bad = std::get_if<InvalidRequest>(&decoded)) {
    return {.kind = "bad",
            .agency = bad->agency.value_or(AgencyId{-1}).value,
            .dialect = bad->dialect,
            .bets = {},
            .bad = *bad};
  }
  const Request& request = std::get<Request>(decoded);
  if (const auto* done = std::get_if<Done>(&request)) {
    return {.kind = "DONE", .agency = done->agency.value, .bets = {}};
  }
  if (const auto* winners = std::get_if<RequestWinners>(&request)) {
    return {.kind = "REQUEST_WINNERS", .agency = winners->agency.value, .bets = {}};
  }
  if (const auto* resume = std::get_if<Resume>(&request)) {
    return {.kind = "RESUME", .agency = resume->agency.value, .bets = {}};
  }
  if (const auto* await = std::get_if<AwaitWinners>(&request)) {
    return {.kind = "AWAIT_WINNERS", .agency = await->agency.value, .bets = {}};
  }
  const Bets& bets = std::get<Bets>(request);
  Decoded found{.kind = "BETS", .agency = bets.agency.value, .dialect = bets.dialect, .bets = {}};
  for (const Bet& bet : bets.bets) {
    std::string line;
    append_bet(line, bet);
    line.pop_back();
    found.bets.push_back(line);
  }
  return found;
}

Decoded decode(std::string_view message) {
  RequestDecoder decoder;
  return decode(decoder, message);
}

/// Expects that the message is refused and its connection closed, because the peer may not speak
/// this protocol.
void expect_closes(std::string_view message) {
  SCOPED_TRACE(in_quotes(message));
  const Decoded decoded = decode(message);
  ASSERT_EQ(decoded.kind, "bad");
  EXPECT_EQ(decoded.bad.severity, ErrorSeverity::fatal);
  EXPECT_EQ(decoded.dialect, Dialect::typed);
}

/// Expects that the message is refused and its connection stays open.
void expect_goes_on(std::string_view message, Dialect dialect, const std::string& reason) {
  SCOPED_TRACE(in_quotes(message));
  const Decoded decoded = decode(message);
  ASSERT_EQ(decoded.kind, "bad");
  EXPECT_EQ(decoded.bad.severity, ErrorSeverity::recoverable);
  EXPECT_EQ(decoded.dialect, dialect);
  EXPECT_EQ(decoded.bad.reason, reason);
}

TEST(Request, OfType4IsBets) {
  const Decoded decoded = decode("3:4:" + ana + "\n" + luz + "\n");
  EXPECT_EQ(decoded.kind, "BETS") << decoded.bad.reason;
  EXPECT_EQ(decoded.agency, 3);
  EXPECT_EQ(decoded.dialect, Dialect::typed);
  EXPECT_EQ(decoded.bets, (Strings{ana, luz}));
}

TEST(Request, OfType5IsDone) {
  const Decoded decoded = decode("3:5");
  EXPECT_EQ(decoded.kind, "DONE") << decoded.bad.reason;
  EXPECT_EQ(decoded.agency, 3);
}

TEST(Request, OfType6AsksForTheWinners) {
  const Decoded decoded = decode("3:6");
  EXPECT_EQ(decoded.kind, "REQUEST_WINNERS") << decoded.bad.reason;
  EXPECT_EQ(decoded.agency, 3);
}

TEST(Request, MayComeFromAnyIdThatAnAgencyCanHave) {
  EXPECT_EQ(decode("0:6").agency, 0);
  EXPECT_EQ(decode("2147483647:6").agency, 2147483647);
}

TEST(Request, FromAnIdThatNoAgencyCanHaveIsRefused) {
  for (const std::string id : {"2147483648", "99999999999999999999", "01", "00"}) {
    const std::string reason = "no agency has the id '" + id + "'";
    expect_goes_on(id + ":4:" + ana + "\n", Dialect::typed, reason);
    expect_goes_on(id + ":5", Dialect::typed, reason);
    expect_goes_on(id + ":6", Dialect::typed, reason);
    expect_goes_on(id + ":" + ana + "\n", Dialect::untyped, reason);
  }
}

TEST(Request, FromASenderThatIsNotDecimalDigitsEndsTheSession) {
  for (const std::string sender : {"", "server", "a", "1a", " 1", "1 ", "-1", "+1", "1.0", "١"}) {
    expect_closes(sender + ":5");
    expect_closes(sender + ":4:" + ana + "\n");
    expect_closes(sender + ":" + ana + "\n");
  }
}

TEST(Request, WithoutAColonEndsTheSession) {
  for (const std::string_view message :
       {"", "1", "5", "GET / HTTP/1.1", "Ana,Elia,30904465,1999-03-17,7574"}) {
    expect_closes(message);
  }
}

TEST(Request, ThatIsABetSaysThatCrLfSeparatesNoBets) {
  RequestDecoder decoder;
  const auto decoded = decoder.decode("Ana,Elia,30904465,1999-03-17,7574");
  ASSERT_TRUE(std::holds_alternative<InvalidRequest>(decoded));
  EXPECT_EQ(std::get<InvalidRequest>(decoded).reason,
            "no colon in the message 'Ana,Elia,30904465,1999-03-17,7574'; bets are separated by LF "
            "alone: CR LF ends the message");
}

TEST(Request, OfATypeThatAgenciesDoNotSendEndsTheSession) {
  for (const std::string type :
       {"", "0", "1", "2", "3", "9", "11", "44", "04", "05", "006", "x", " 5", "5 ", "-4", "4\n"}) {
    expect_closes("1:" + type);
    expect_closes("1:" + type + ":");
  }
  expect_closes("1:0:" + ana + "\n");
  expect_closes("1:12:" + ana + "\n");
}

TEST(Request, ThatIsNotUtf8EndsTheSession) {
  for (const std::string bytes : {"\xFF", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
    expect_closes("1:4:" + bytes + ana + "\n");
    expect_closes("1:" + bytes + ana + "\n");
    expect_closes("1:5" + bytes);
  }
}

TEST(Request, OfType6HasNoBody) {
  expect_goes_on("1:6:", Dialect::typed, "a message of the type 6 has no body, and got ''");
  expect_goes_on("1:6:now", Dialect::typed, "a message of the type 6 has no body, and got 'now'");
}

TEST(Request, OfType5WithAnEmptyBodyIsNoDone) {
  EXPECT_EQ(decode("1:5:").kind, "bad");
  EXPECT_EQ(decode("1:5:").bad.severity, ErrorSeverity::recoverable);
}

TEST(Bets, ForgiveAMissingLastLf) {
  EXPECT_EQ(decode("1:4:" + ana).bets, (Strings{ana}));
  EXPECT_EQ(decode("1:4:" + ana + "\n" + luz).bets, (Strings{ana, luz}));
  EXPECT_EQ(decode("1:" + ana).bets, (Strings{ana}));
}

TEST(Bets, DoNotForgiveAnEmptyLine) {
  expect_goes_on("1:4:\n" + ana + "\n", Dialect::typed, "bet 1: is an empty line");
  expect_goes_on("1:4:" + ana + "\n\n" + luz + "\n", Dialect::typed, "bet 2: is an empty line");
  expect_goes_on("1:4:" + ana + "\n\n", Dialect::typed, "bet 2: is an empty line");
  expect_goes_on("1:4:\n\n", Dialect::typed, "bet 1: is an empty line");
  expect_goes_on("1:" + ana + "\n\n", Dialect::untyped, "bet 2: is an empty line");
}

TEST(Bets, AreOneOrMore) {
  for (const std::string_view message : {"1:4", "1:4:", "1:4:\n"}) {
    expect_goes_on(message, Dialect::typed, "the batch has no bets");
    EXPECT_EQ(decode(message).bad.bets, 0U);
  }
}

TEST(Bets, AreRefusedAllTogetherForOneBadBetWhichIsNamed) {
  const std::string bad = "Ana,Elia,30904465,1999-02-30,7574";
  for (std::size_t place = 1; place <= 20; ++place) {
    std::string body;
    for (std::size_t i = 1; i <= 20; ++i) body.append(i == place ? bad : ana).append("\n");
    const Decoded decoded = decode("7:4:" + body);
    ASSERT_EQ(decoded.kind, "bad");
    EXPECT_EQ(decoded.bad.reason, "bet " + std::to_string(place) +
                                      ": birthdate '1999-02-30' is not a date (YYYY-MM-DD)");
    EXPECT_EQ(decoded.bad.severity, ErrorSeverity::recoverable);
    EXPECT_EQ(decoded.agency, 7);
    EXPECT_EQ(decoded.bad.bets, 20U);
  }
}

TEST(Bets, WithACrInsideAreRefused) {
  expect_goes_on("1:4:" + ana + "\r\r\n", Dialect::typed,
                 "bet 1: number '7574\\x0D\\x0D' is not one from 0 to 2147483647 without a leading "
                 "zero");
}

TEST(Bets, MayBeMoreThanTheDecoderKeepsMemoryFor) {
  RequestDecoder decoder;
  std::string body;
  Strings expected;
  for (int i = 0; i < 3000; ++i) {
    expected.push_back("Ana,Elia," + std::to_string(i) + ",1999-03-17,1");
    body.append(expected.back()).append("\n");
  }
  EXPECT_EQ(decode(decoder, "1:4:" + body).bets, expected);
  EXPECT_EQ(decode(decoder, "1:4:" + luz + "\n").bets, (Strings{luz}));
  EXPECT_EQ(decode(decoder, "1:4:" + body).bets, expected);
}

TEST(Bets, OfARefusedBatchAreNotAmongTheNextOnes) {
  RequestDecoder decoder;
  ASSERT_EQ(decode(decoder, "1:4:" + ana + "\nbad\n").kind, "bad");
  EXPECT_EQ(decode(decoder, "1:4:" + luz + "\n").bets, (Strings{luz}));
}

TEST(UntypedBatch, IsBetsWithoutTheirType) {
  const Decoded decoded = decode("3:" + ana + "\n" + luz + "\n");
  EXPECT_EQ(decoded.kind, "BETS") << decoded.bad.reason;
  EXPECT_EQ(decoded.agency, 3);
  EXPECT_EQ(decoded.dialect, Dialect::untyped);
  EXPECT_EQ(decoded.bets, (Strings{ana, luz}));
}

TEST(UntypedBatch, HasABadBetIfANameHoldsAColon) {
  for (const std::string name : {"Ana:", "Ana:4", ":", ":4", "::", "x:4:y", " 4:", "4 :", "-4:"}) {
    const Decoded decoded = decode("1:" + ana + "\n" + name + ",Elia,30904465,1999-03-17,1\n");
    EXPECT_EQ(decoded.bad.dialect, Dialect::untyped) << name;
    EXPECT_EQ(decoded.bad.severity, ErrorSeverity::recoverable) << name;
    EXPECT_TRUE(decoded.bad.reason.starts_with("bet 2: first_name ")) << decoded.bad.reason;
    EXPECT_TRUE(decoded.bad.reason.ends_with(" holds a colon")) << decoded.bad.reason;
  }
}

TEST(UntypedBatch, MayBeginWithANameThatIsANumber) {
  for (const std::string name : {"4", "5", "6", "12", "0"}) {
    const std::string line = name + ",Elia,30904465,1999-03-17,1";
    const Decoded decoded = decode("1:" + line + "\n");
    EXPECT_EQ(decoded.kind, "BETS") << name << ' ' << decoded.bad.reason;
    EXPECT_EQ(decoded.dialect, Dialect::untyped) << name;
    EXPECT_EQ(decoded.bets, (Strings{line}));
  }
}

TEST(UntypedBatch, IsNotWhatBeginsWithATypeAndAColon) {
  const Decoded decoded = decode("1:4:4:5,Elia,30904465,1999-03-17,1\n");
  EXPECT_EQ(decoded.bad.dialect, Dialect::typed);
  EXPECT_EQ(decoded.bad.reason, "bet 1: first_name '4:5' holds a colon");
}

TEST(UntypedBatch, HasACommaBeforeItsFirstLf) {
  expect_closes("1:Ana\nElia,Paz,30904465,1999-03-17,1\n");
  expect_closes("1:\n" + ana + "\n");
  expect_closes("1:Ana");
}

TEST(UntypedBatch, IsRefusedInItsOwnDialect) {
  const Decoded decoded = decode("3:" + ana + "\nAna,Elia\n");
  EXPECT_EQ(decoded.kind, "bad");
  EXPECT_EQ(decoded.dialect, Dialect::untyped);
  EXPECT_EQ(decoded.bad.severity, ErrorSeverity::recoverable);
  EXPECT_EQ(decoded.bad.reason, "bet 2: has 2 fields, not 5: 'Ana,Elia'");
  EXPECT_EQ(decoded.agency, 3);
  EXPECT_EQ(decoded.bad.bets, 2U);
}

TEST(InvalidRequest, HasAReasonThatIsOneShortLineOfPrintableUtf8WhateverWasSent) {
  constexpr std::string_view bytes_put = "14567:::,,,\n\r\t \x7F\xC2\x85\xFF-ax0";
  for (unsigned seed = 1; seed <= 5000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::string message = random() % 2 == 0 ? "1:4:" : "";
    if (random() % 2 == 0) message += random_bet_line(random);
    const std::size_t more = random() % 300;
    for (std::size_t i = 0; i < more; ++i) message += bytes_put[random() % bytes_put.size()];
    const Decoded decoded = decode(message);
    if (decoded.kind != "bad") continue;
    ASSERT_FALSE(decoded.bad.reason.empty());
    ASSERT_LE(decoded.bad.reason.size(), reason_bytes_max);
    ASSERT_TRUE(is_utf8(decoded.bad.reason));
    ASSERT_FALSE(has_control_character(decoded.bad.reason));
  }
}

TEST(BetsEncoder, WritesTheBytesOfABetsMessage) {
  BetsEncoder encoder(AgencyId{3});
  encoder.add(ana);
  encoder.add(luz);
  EXPECT_EQ(encoder.bets(), 2U);
  const std::string expected = "3:4:" + ana + "\n" + luz + "\n\r\n";
  EXPECT_EQ(encoder.message(), expected);
  EXPECT_EQ(encoder.message(), expected) << "asked twice, it is the same";
}

TEST(BetsEncoder, AddsABetAlsoAfterTheMessageWasRead) {
  BetsEncoder encoder(AgencyId{3});
  encoder.add(ana);
  EXPECT_EQ(encoder.message(), "3:4:" + ana + "\n\r\n");
  const std::size_t foretold = encoder.bytes_with(luz);
  encoder.add(luz);
  EXPECT_EQ(encoder.message(), "3:4:" + ana + "\n" + luz + "\n\r\n");
  EXPECT_EQ(encoder.message().size(), foretold);
}

TEST(BetsEncoder, KnowsHowLongTheMessageWouldBecome) {
  BetsEncoder encoder(AgencyId{3});
  for (const std::string& line : {ana, luz, ana}) {
    const std::size_t foretold = encoder.bytes_with(line);
    encoder.add(line);
    BetsEncoder copy = encoder;
    EXPECT_EQ(copy.message().size(), foretold);
  }
}

TEST(BetsEncoder, BeginsTheNextMessageWithoutTheLastOnesBets) {
  BetsEncoder encoder(AgencyId{3});
  encoder.add(ana);
  ASSERT_FALSE(encoder.message().empty());
  encoder.begin({});
  EXPECT_EQ(encoder.bets(), 0U);
  encoder.add(luz);
  const std::string expected = "3:4:" + luz + "\n\r\n";
  EXPECT_EQ(encoder.message(), expected);
}

TEST(BetsEncoder, WritesTheNumberOfANumberedBatch) {
  BetsEncoder encoder(AgencyId{3});
  encoder.begin(17);
  encoder.add(ana);
  EXPECT_EQ(encoder.message(), "3:7:17:" + ana + "\n\r\n");
}

TEST(Encode, WritesDoneWithBooksResumeAndAwaitWinners) {
  const std::string sha256(64, 'a');
  EXPECT_EQ(encode(Done{AgencyId{3}, Books{12, sha256}}), "3:5:12:" + sha256 + "\r\n");
  EXPECT_EQ(encode(Resume{AgencyId{3}, UploadId{upload}}), "3:8:" + upload + "\r\n");
  EXPECT_EQ(encode(AwaitWinners{AgencyId{3}, 12}), "3:10:12\r\n");
}

TEST(DecodeNumberedBets, TakesTheNumberAndTheBets) {
  RequestDecoder decoder;
  const std::string message = "1:7:12:" + ana + "\n" + luz + "\n";
  const auto decoded = decoder.decode(message);
  const auto& bets = std::get<Bets>(std::get<Request>(decoded));
  EXPECT_EQ(bets.batch_number, 12);
  EXPECT_EQ(bets.bets.size(), 2U);
  EXPECT_EQ(bets.dialect, Dialect::typed);
}

TEST(DecodeNumberedBets, RefusesWhatIsNoBatchNumberAndGoesOn) {
  for (const std::string number : {"", "0", "01", "-1", "x", "9223372036854775808"}) {
    SCOPED_TRACE(number);
    RequestDecoder decoder;
    const std::string message = "1:7:" + number + ":" + ana + "\n";
    const auto decoded = decoder.decode(message);
    const auto& bad = std::get<InvalidRequest>(decoded);
    EXPECT_EQ(bad.severity, ErrorSeverity::recoverable);
    EXPECT_TRUE(bad.reason.starts_with("the batch number '" + number + "' is not a number"))
        << bad.reason;
  }
}

TEST(DecodeNumberedBets, RefusesABatchWithoutANumberOrWithoutBets) {
  for (const std::string message : {"1:7", "1:7:", "1:7:1", "1:7:1:", "1:7:1:bad"}) {
    SCOPED_TRACE(message);
    RequestDecoder decoder;
    const auto decoded = decoder.decode(message);
    EXPECT_EQ(std::get<InvalidRequest>(decoded).severity, ErrorSeverity::recoverable);
  }
}

TEST(DecodeDone, TakesTheBooksThatTheAgencyDeclares) {
  RequestDecoder decoder;
  const std::string sha256(64, '0');
  const std::string message = "1:5:26936:" + sha256;
  const auto decoded = decoder.decode(message);
  EXPECT_EQ(std::get<Done>(std::get<Request>(decoded)).books, (Books{26936, sha256}));
}

TEST(DecodeDone, RefusesBooksThatAreNoBooksAndGoesOn) {
  const std::string sha256(64, '0');
  for (const std::string& books :
       {std::string("1"), std::string("1:"), ":" + sha256, "01:" + sha256, "-1:" + sha256,
        "1:" + sha256 + "0", "1:" + std::string(64, 'A'), "1:" + sha256 + ":"}) {
    SCOPED_TRACE(books);
    RequestDecoder decoder;
    const std::string message = "1:5:" + books;
    const auto decoded = decoder.decode(message);
    EXPECT_EQ(std::get<InvalidRequest>(decoded).severity, ErrorSeverity::recoverable);
  }
}

TEST(DecodeResume, TakesTheUpload) {
  RequestDecoder decoder;
  const std::string message = "7:8:" + upload;
  const auto decoded = decoder.decode(message);
  const auto& resume = std::get<Resume>(std::get<Request>(decoded));
  EXPECT_EQ(resume.agency, AgencyId{7});
  EXPECT_EQ(resume.upload.hex, upload);
}

TEST(DecodeResume, RefusesWhatIsNoUploadAndGoesOn) {
  std::string upper_case = upload;
  upper_case.back() = 'F';
  for (const std::string& body :
       {std::string("7:8"), std::string("7:8:"), std::string("7:8:x"), "7:8:" + upload + "0",
        "7:8:" + upload.substr(1), "7:8:" + upper_case, "7:8:" + upload + ":"}) {
    SCOPED_TRACE(body);
    RequestDecoder decoder;
    const auto decoded = decoder.decode(body);
    const auto& bad = std::get<InvalidRequest>(decoded);
    EXPECT_EQ(bad.severity, ErrorSeverity::recoverable);
    EXPECT_NE(bad.reason.find("is not 32 lower-case hex digits"), std::string::npos) << bad.reason;
  }
}

TEST(DecodeAwaitWinners, TakesTheDraw) {
  RequestDecoder decoder;
  const auto decoded = decoder.decode("7:10:12");
  const auto& await = std::get<AwaitWinners>(std::get<Request>(decoded));
  EXPECT_EQ(await.agency, AgencyId{7});
  EXPECT_EQ(await.draw, 12);
}

TEST(DecodeAwaitWinners, RefusesWhatIsNoDrawAndGoesOn) {
  for (const std::string body :
       {"", ":", ":0", ":01", ":-1", ":x", ":9223372036854775808", ":1:"}) {
    SCOPED_TRACE(body);
    RequestDecoder decoder;
    const std::string message = "7:10" + body;
    const auto decoded = decoder.decode(message);
    EXPECT_EQ(std::get<InvalidRequest>(decoded).severity, ErrorSeverity::recoverable);
  }
}

TEST(Encode, WritesDoneAndRequestWinners) {
  EXPECT_EQ(encode(Done{AgencyId{0}}), "0:5\r\n");
  EXPECT_EQ(encode(RequestWinners{AgencyId{2147483647}}), "2147483647:6\r\n");
}

TEST(Encode, IsWhatDecodeReads) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const AgencyId agency{static_cast<std::int32_t>(random() % 2147483648U)};
    const auto without_end = [](std::string_view message) {
      EXPECT_TRUE(message.ends_with("\r\n"));
      return std::string(message.substr(0, message.size() - 2));
    };
    const Decoded done = decode(without_end(encode(Done{agency})));
    ASSERT_EQ(done.kind, "DONE");
    ASSERT_EQ(done.agency, agency.value);
    const Decoded winners = decode(without_end(encode(RequestWinners{agency})));
    ASSERT_EQ(winners.kind, "REQUEST_WINNERS");
    ASSERT_EQ(winners.agency, agency.value);

    BetsEncoder encoder(agency);
    Strings lines;
    const std::size_t count = 1 + random() % 200;
    for (std::size_t i = 0; i < count; ++i) {
      lines.push_back(random_bet_line(random));
      encoder.add(lines.back());
    }
    const Decoded bets = decode(without_end(encoder.message()));
    ASSERT_EQ(bets.kind, "BETS") << bets.bad.reason;
    ASSERT_EQ(bets.agency, agency.value);
    ASSERT_EQ(bets.dialect, Dialect::typed);
    ASSERT_EQ(bets.bets, lines);
  }
}

}  // namespace
}  // namespace lottery::test
