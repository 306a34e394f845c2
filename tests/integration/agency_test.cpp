#include "agency_client/agency.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "program/stop_signal.h"
#include "tests/support/scripted_service.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Connection = ScriptedService::Connection;

const std::string ana = "Ana,D'Elia,30904465,1999-03-17,7574\n";
const std::string luz = "Luz,Ñáñez,2,2000-02-29,7575\n";
const std::string eva = "Eva,Rivera,3,1999-03-17,1\n";
const std::string ack = "server:0\r\n";
const std::string wait = "server:2\r\n";
const std::string taken = "server:1:batch 1 is stored already, by another upload\r\n";
const std::string busy = "server:1:busy: the disk is full\r\n";

/// An agency client, and a service that follows a script. The client's batches have one bet each.
class AgencyTest : public testing::Test {
 protected:
  Agency& begin(std::vector<Connection> script) {
    service_ = std::make_unique<ScriptedService>(std::move(script));
    settings_.service.addresses = {service_->address()};
    agency_ = std::make_unique<Agency>(settings_, stop_.interruption());
    return *agency_;
  }

  void hand_in(const std::string& lines, DrawnBets drawn_bets = DrawnBets::show_winners()) {
    BetsFile file(folder_.write("bets.csv", lines));
    const Books books = file.check(1).books;
    agency_->hand_in(file, books, drawn_bets);
  }

  /// Ends the client's connection, and expects that the client has sent what the script expects.
  void expect_played() {
    agency_->disconnect();
    EXPECT_EQ(service_->problem(), "");
  }

  /// The error of hand_in() if the service refuses the bets.
  std::string refusal_of(const std::string& lines) {
    try {
      hand_in(lines);
    } catch (const RefusedByService& error) {
      return error.what();
    }
    return "not refused";
  }

  std::string refusal_of_bet(const std::string& line) {
    try {
      agency_->place_bet(line);
    } catch (const RefusedByService& error) {
      return error.what();
    }
    return "not refused";
  }

  static std::string without_end(const std::string& line) {
    return line.substr(0, line.size() - 1);
  }

  const StopSignal stop_{Hangup::stops};
  const TemporaryFolder folder_;
  AgencySettings settings_{.agency = AgencyId{1},
                           .bets_path = {},
                           .winners_path = {},
                           .service = {.addresses = {}, .answer_timeout = seconds(5)},
                           .batch = {.bets_max = 1, .bytes_max = 8192, .in_flight_max = 8},
                           .poll_interval = std::chrono::hours(1),
                           .reach_timeout = seconds(10)};
  std::unique_ptr<ScriptedService> service_;
  std::unique_ptr<Agency> agency_;
};

TEST_F(AgencyTest, UploadsAFileAndAwaitsTheWinnersOfItsDraw) {
  begin({{{"1:8:", resume_point(4, "open", 0, "")},
          {"1:7:1:" + ana, ack},
          {"1:7:2:" + luz, ack},
          {"1:5:2:", ack},
          {"1:8:", resume_point(4, "closed", 2, ana + luz)},
          {"1:10:4", wait},
          {"1:10:4", "server:3:1," + ana + "\r\n"}}});
  hand_in(ana + luz);
  const Winners answer = agency_->wait_for_winners();
  ASSERT_EQ(answer.winners.size(), 1U);
  EXPECT_EQ(answer.winners.front().bet.first_name, "Ana");
  expect_played();
  const Outcome& outcome = agency_->outcome();
  EXPECT_EQ(outcome.draw, 4);
  EXPECT_EQ(outcome.bets, 2);
  EXPECT_EQ(outcome.already_stored, 0);
  EXPECT_EQ(outcome.winners, 1);
}

TEST_F(AgencyTest, SendsOneUploadIdWithEveryResumeOfARunAndAnotherInTheNext) {
  const Connection in_one_go{{"1:8:", resume_point(1, "open", 0, "")},
                             {"1:7:1:", ack},
                             {"1:5:", ack},
                             {"1:8:", resume_point(1, "drawn", 1, ana)}};
  begin({{{"1:8:", ""}}, in_one_go});
  hand_in(ana);
  expect_played();
  std::vector<std::string> resumes;
  for (const std::string& message : service_->messages()) {
    if (message.starts_with("1:8:")) resumes.push_back(message);
  }
  ASSERT_EQ(resumes.size(), 3U);
  EXPECT_TRUE(is_upload_id(resumes[0].substr(4))) << resumes[0];
  EXPECT_EQ(resumes[1], resumes[0]);
  EXPECT_EQ(resumes[2], resumes[0]);

  begin({in_one_go});
  hand_in(ana);
  expect_played();
  EXPECT_NE(service_->messages().front(), resumes[0]);
}

TEST_F(AgencyTest, SendsABatchAgainUnderItsNumberIfTheAnswerWasLost) {
  begin({{{"1:8:", resume_point(1, "open", 0, "")}, {"1:7:1:" + ana, ""}},
         {{"1:8:", resume_point(1, "open", 0, "")},
          {"1:7:1:" + ana, ack},
          {"1:7:2:" + luz, ack},
          {"1:5:2:", ack},
          {"1:8:", resume_point(1, "closed", 2, ana + luz)}}});
  settings_.batch.in_flight_max = 1;
  hand_in(ana + luz);
  expect_played();
}

TEST_F(AgencyTest, ContinuesBehindABatchOfAnEarlierRunThatArrivedAfterResume) {
  begin({{{"1:8:", resume_point(1, "open", 0, "")}, {"1:7:1:" + ana, taken}},
         {{"1:8:", resume_point(1, "open", 1, ana)}, {"1:7:2:" + luz, taken}},
         {{"1:8:", resume_point(1, "open", 2, ana + luz)},
          {"1:7:3:" + eva, ack},
          {"1:5:3:", ack},
          {"1:8:", resume_point(1, "closed", 3, ana + luz + eva)}}});
  hand_in(ana + luz + eva);
  expect_played();
  EXPECT_EQ(agency_->outcome().bets, 3);
}

TEST_F(AgencyTest, SaysThatAnotherClientHasPlacedOtherBets) {
  begin({{{"1:8:", resume_point(1, "open", 0, "")}, {"1:7:1:" + ana, taken}},
         {{"1:8:", resume_point(1, "open", 1, eva)}}});
  EXPECT_EQ(refusal_of(ana),
            "the service has refused NUMBERED_BETS: batch 1 is stored already, by another upload; "
            "the service has 1 bets of this agency in draw 1, but they are not the first bets of " +
                (folder_ / "bets.csv").string());
  expect_played();
}

TEST_F(AgencyTest, ForgetsARefusalThatResumeHasCured) {
  begin({{{"1:8:", resume_point(1, "open", 0, "")}, {"1:7:1:" + ana, taken}},
         {{"1:8:", resume_point(1, "open", 1, ana)}, {"1:7:2:" + luz, ""}},
         {{"1:8:", resume_point(1, "open", 2, ana + eva)}}});
  EXPECT_EQ(refusal_of(ana + luz),
            "the service has 2 bets of this agency in draw 1, but they are not the first bets of " +
                (folder_ / "bets.csv").string());
  expect_played();
}

TEST_F(AgencyTest, SaysThatAnotherClientHasClosedTheBooksWithOtherBets) {
  begin({{{"1:8:", resume_point(1, "open", 0, "")},
          {"1:7:1:" + ana, "server:1:the books of agency 1 are closed until the draw\r\n"}},
         {{"1:8:", resume_point(1, "closed", 1, eva)}}});
  const std::string refusal = refusal_of(ana);
  EXPECT_TRUE(refusal.starts_with(
      "the service has refused NUMBERED_BETS: the books of agency 1 are closed until the draw"))
      << refusal;
  expect_played();
}

TEST_F(AgencyTest, IsDoneIfAnotherClientHasHandedInTheSameBets) {
  begin({{{"1:8:", resume_point(1, "open", 1, ana)},
          {"1:7:2:" + luz, "server:1:draw 1 has been drawn\r\n"}},
         {{"1:8:", resume_point(1, "drawn", 2, ana + luz)}, {"1:10:1", "server:3:\r\n"}}});
  hand_in(ana + luz);
  EXPECT_TRUE(agency_->wait_for_winners().winners.empty());
  expect_played();
}

TEST_F(AgencyTest, EndsWithTheServicesSentenceIfResumeDoesNotCureARefusal) {
  begin({{{"1:8:", resume_point(1, "open", 0, "")},
          {"1:7:1:" + ana, ack},
          {"1:7:2:" + luz, "server:1:bet 1: is not liked\r\n"}},
         {{"1:8:", resume_point(1, "open", 1, ana)}}});
  EXPECT_EQ(refusal_of(ana + luz), "the service has refused NUMBERED_BETS: bet 1: is not liked");
  expect_played();
}

TEST_F(AgencyTest, EndsWithTheServicesSentenceIfTheFirstBatchOfTheNextDrawIsRefusedForGood) {
  begin({{{"1:8:", resume_point(1, "drawn", 1, eva)}, {"1:7:1:" + ana, "server:1:no\r\n"}},
         {{"1:8:", resume_point(1, "drawn", 1, eva)}}});
  EXPECT_EQ(refusal_of(ana), "the service has refused NUMBERED_BETS: no");
  expect_played();
}

TEST_F(AgencyTest, EndsWithTheServicesSentenceIfALaterBatchOfTheNextDrawIsRefusedForGood) {
  // The client learns the draw's number only from this RESUME: no books have changed.
  begin({{{"1:8:", resume_point(1, "drawn", 1, eva)},
          {"1:7:1:" + ana, ack},
          {"1:7:2:" + luz, "server:1:no\r\n"}},
         {{"1:8:", resume_point(2, "open", 1, ana)}}});
  EXPECT_EQ(refusal_of(ana + luz), "the service has refused NUMBERED_BETS: no");
  expect_played();
}

TEST_F(AgencyTest, EndsWithTheServicesSentenceIfResumeIsRefused) {
  begin({{{"1:8:", "server:1:the draw has no agency 1\r\n"}}});
  EXPECT_EQ(refusal_of(ana), "the service has refused RESUME: the draw has no agency 1");
  expect_played();
}

TEST_F(AgencyTest, HandsItsBooksInAgainIfTheAckForDoneWasThatOfARepeatedBatch) {
  // A proxy repeats the batch and loses DONE.
  begin({{{"1:8:", resume_point(1, "open", 0, "")},
          {"1:7:1:" + ana, ack},
          {"1:5:1:", ack},
          {"1:8:", ack}},
         {{"1:8:", resume_point(1, "open", 1, ana)},
          {"1:5:1:", ack},
          {"1:8:", resume_point(1, "closed", 1, ana)}}});
  hand_in(ana);
  expect_played();
}

TEST_F(AgencyTest, AsksOnANewConnectionForTheWinnersOfTheSameDrawWithoutResume) {
  begin({{{"1:8:", resume_point(3, "closed", 1, ana)}, {"1:10:3", ""}},
         {{"1:10:3", wait}},
         {{"1:10:3", "server:3:1," + ana + "\r\n"}}});
  hand_in(ana);
  EXPECT_EQ(agency_->wait_for_winners().winners.size(), 1U);
  expect_played();
}

TEST_F(AgencyTest, AwaitsTheWinnersOfTheDrawThatItsBetsWereInIfTheyAreDrawnAlready) {
  begin({{{"1:8:", resume_point(3, "drawn", 1, ana)}, {"1:10:3", "server:3:\r\n"}}});
  hand_in(ana);
  agency_->wait_for_winners();
  expect_played();
  EXPECT_EQ(agency_->outcome().draw, 3);
  EXPECT_EQ(agency_->outcome().already_stored, 1);
}

TEST_F(AgencyTest, AwaitsTheDrawThatItClosedIfAnotherClientHasBetInTheNextOneSince) {
  // Another client has stored the file, so this upload has stored no batch.
  begin({{{"1:8:", resume_point(3, "open", 1, ana)},
          {"1:5:1:", ack},
          {"1:8:", resume_point(4, "open", 1, eva)},
          {"1:10:3", "server:3:\r\n"}}});
  hand_in(ana);
  agency_->wait_for_winners();
  expect_played();
  EXPECT_EQ(agency_->outcome().draw, 3);
}

TEST_F(AgencyTest, LearnsWhichDrawItBeganWithTheSameBetsAgain) {
  begin({{{"1:8:", resume_point(3, "drawn", 1, ana)},
          {"1:7:1:" + ana, ack},
          {"1:5:1:", ack},
          {"1:8:", resume_point(6, "drawn", 1, ana)},
          {"1:10:6", "server:3:\r\n"}}});
  hand_in(ana, DrawnBets::bet_again());
  agency_->wait_for_winners();
  expect_played();
  EXPECT_EQ(agency_->outcome().draw, 6);
  EXPECT_EQ(agency_->outcome().already_stored, 0);
}

TEST_F(AgencyTest, BetsAgainOnlyWhatWasDrawnByThen) {
  begin({{{"1:8:", resume_point(4, "drawn", 1, ana)}, {"1:10:4", "server:3:\r\n"}}});
  hand_in(ana, {.again_if_drawn_by = 3});
  agency_->wait_for_winners();
  expect_played();
  EXPECT_EQ(agency_->outcome().draw, 4);
}

TEST_F(AgencyTest, SendsNoMoreBatchesAheadThanItMay) {
  std::string lines;
  std::vector<Step> steps{{"1:8:", resume_point(1, "open", 0, "")}};
  for (int i = 0; i < 6; ++i) lines += ana;
  settings_.batch.in_flight_max = 3;
  for (const int number : {1, 2, 3}) steps.push_back({"1:7:" + std::to_string(number) + ":", ""});
  steps.push_back({.silent_for = milliseconds(200)});
  steps.push_back({.answer = ack});
  steps.push_back({"1:7:4:", ""});
  steps.push_back({.silent_for = milliseconds(100)});
  steps.push_back({.answer = ack + ack + ack});
  steps.push_back({"1:7:5:", ack});
  steps.push_back({"1:7:6:", ack});
  steps.push_back({"1:5:6:", ack});
  steps.push_back({"1:8:", resume_point(1, "closed", 6, lines)});
  begin({steps});
  hand_in(lines);
  expect_played();
}

TEST_F(AgencyTest, ResumesInOrderAfterABusyServiceHasTurnedBatchesAway) {
  begin({{{"1:8:", resume_point(1, "open", 0, "")},
          {"1:7:1:" + ana, busy},
          {"1:7:2:" + luz, "server:1:busy: batch 1 was refused before\r\n"}},
         {{"1:8:", busy}},
         {{"1:8:", resume_point(1, "open", 0, "")},
          {"1:7:1:" + ana, ack},
          {"1:7:2:" + luz, ack},
          {"1:5:2:", busy}},
         {{"1:8:", resume_point(1, "open", 2, ana + luz)},
          {"1:5:2:", ack},
          {"1:8:", resume_point(1, "closed", 2, ana + luz)},
          {"1:10:1", busy}},
         {{"1:10:1", "server:3:\r\n"}}});
  hand_in(ana + luz);
  agency_->wait_for_winners();
  expect_played();
}

TEST_F(AgencyTest, GivesUpABusyServiceAfterPausesThatGrowAlthoughResumeIsAnswered) {
  settings_.reach_timeout = seconds(1);
  begin(std::vector<Connection>(
      30, {{"1:8:", resume_point(1, "open", 0, "")}, {"1:7:1:" + ana, busy}}));
  try {
    hand_in(ana);
    ADD_FAILURE() << "it was taken";
  } catch (const TurnedAway& error) {
    EXPECT_TRUE(std::string(error.what()).ends_with(" is busy: the disk is full")) << error.what();
  }
  agency_->disconnect();
  service_->stop();
  // The first pause lasts 50 to 100 ms, and each further one twice as long, until a second has
  // passed.
  EXPECT_GE(service_->messages().size(), 2 * 4U);
  EXPECT_LE(service_->messages().size(), 2 * 5U);
}

TEST_F(AgencyTest, ASlowAnswerDoesNotUseUpItsPatience) {
  settings_.reach_timeout = seconds(1);
  const milliseconds slow(1100);
  begin({{{"1:8:", resume_point(1, "open", 0, ""), slow}},
         {{"1:8:", resume_point(1, "open", 0, ""), slow}},
         {{"1:8:", resume_point(1, "open", 0, "")}, {"1:7:1:", ack}, {"1:5:1:", ack, slow}},
         {{"1:8:", resume_point(1, "closed", 1, ana)}}});
  hand_in(ana);
  expect_played();
}

TEST_F(AgencyTest, GoesOnAfterManyCutsAsLongAsThereIsProgress) {
  settings_.reach_timeout = seconds(1);
  settings_.batch.in_flight_max = 1;
  // The pause after each cut lasts at least 50 ms. Together, the pauses last longer than the time
  // after which the client gives up.
  constexpr int cuts = 25;
  std::vector<Connection> script;
  std::string stored;
  for (int number = 1; number <= cuts; ++number) {
    script.push_back({{"1:8:", resume_point(1, "open", number - 1, stored)},
                      {"1:7:" + std::to_string(number) + ":", ack}});
    stored += ana;
  }
  script.push_back({{"1:8:", resume_point(1, "open", cuts, stored)},
                    {"1:5:" + std::to_string(cuts) + ":", ack},
                    {"1:8:", resume_point(1, "closed", cuts, stored)}});
  begin(std::move(script));
  hand_in(stored);
  expect_played();
}

TEST_F(AgencyTest, PlacesABetOnceIfItsAnswerIsLost) {
  const std::string line = without_end(ana);
  begin({{{"1:8:", resume_point(1, "open", 4, eva)}, {"1:7:5:" + ana, ""}},
         {{"1:8:", resume_point(1, "open", 4, eva)}, {"1:7:5:" + ana, ""}},
         {{"1:8:", resume_point(1, "open", 5, eva + ana)}, {"1:7:5:" + ana, ack}}});
  agency_->place_bet(line);
  expect_played();
  EXPECT_EQ(agency_->outcome().draw, 1);
  EXPECT_EQ(agency_->outcome().bets, 1);
}

TEST_F(AgencyTest, PlacesABetOnceIfItsAnswerIsLostAndTheServiceIsBusyThen) {
  begin({{{"1:8:", resume_point(1, "open", 4, eva)}, {"1:7:5:" + ana, ""}},
         {{"1:8:", resume_point(1, "open", 4, eva)}, {"1:7:5:" + ana, busy}},
         {{"1:8:", resume_point(1, "open", 6, eva + ana + luz)}, {"1:7:5:" + ana, ack}}});
  agency_->place_bet(without_end(ana));
  expect_played();
}

TEST_F(AgencyTest, PlacesABetUnderTheNextNumberIfAnotherUploadHasItsOwn) {
  begin({{{"1:8:", resume_point(1, "open", 4, eva)}, {"1:7:5:" + ana, taken}},
         {{"1:8:", resume_point(1, "open", 6, eva)}, {"1:7:7:" + ana, taken}},
         {{"1:8:", resume_point(1, "open", 7, eva)}, {"1:7:8:" + ana, ack}}});
  agency_->place_bet(without_end(ana));
  expect_played();
}

TEST_F(AgencyTest, PlacesABetInTheNextDrawIfItsDrawHasHappenedWithoutIt) {
  begin({{{"1:8:", resume_point(1, "open", 4, eva)}, {"1:7:5:" + ana, ""}},
         {{"1:8:", resume_point(1, "drawn", 4, eva)}, {"1:7:1:" + ana, ack}}});
  agency_->place_bet(without_end(ana));
  expect_played();
}

TEST_F(AgencyTest, FindsABetInADrawThatHasHappenedSinceItsAnswerWasLost) {
  begin({{{"1:8:", resume_point(1, "open", 4, eva)}, {"1:7:5:" + ana, ""}},
         {{"1:8:", resume_point(1, "drawn", 5, eva + ana)}, {"1:7:5:" + ana, ack}}});
  agency_->place_bet(without_end(ana));
  expect_played();
}

TEST_F(AgencyTest, EndsABetWithTheServicesSentenceIfResumeDoesNotCureTheRefusal) {
  begin({{{"1:8:", resume_point(1, "closed", 4, eva)},
          {"1:7:5:" + ana, "server:1:the books of agency 1 are closed until the draw\r\n"}},
         {{"1:8:", resume_point(1, "closed", 4, eva)}}});
  EXPECT_EQ(refusal_of_bet(without_end(ana)),
            "the service has refused NUMBERED_BETS: the books of agency 1 are closed until the "
            "draw");
  expect_played();
}

TEST_F(AgencyTest, PlacesABetOnceAServiceIsNoLongerBusy) {
  begin({{{"1:8:", resume_point(1, "open", 4, eva)}, {"1:7:5:" + ana, busy}},
         {{"1:8:", resume_point(1, "open", 6, eva)}, {"1:7:7:" + ana, ack}}});
  agency_->place_bet(without_end(ana));
  expect_played();
}

TEST_F(AgencyTest, RefusesAFileThatHasGrownAfterItsDraw) {
  begin({{{"1:8:", resume_point(3, "drawn", 1, ana)}}});
  const std::string refusal = refusal_of(ana + luz + eva);
  const std::string path = (folder_ / "bets.csv").string();
  EXPECT_EQ(refusal, "the file " + path +
                         " has grown after its draw: its first bets are the 1 bets of this agency "
                         "that were drawn in draw 3, and 2 bets follow them; nothing was sent. To "
                         "place all of them in the next draw, add --again; to place only the new "
                         "ones, put them into a separate file");
  expect_played();
}

TEST_F(AgencyTest, BetsAFileThatHasGrownAfterItsDrawIfItIsAskedToBetAgain) {
  begin({{{"1:8:", resume_point(3, "drawn", 1, ana)},
          {"1:7:1:" + ana, ack},
          {"1:7:2:" + luz, ack},
          {"1:5:2:", ack},
          {"1:8:", resume_point(4, "drawn", 2, ana + luz)}}});
  hand_in(ana + luz, DrawnBets::bet_again());
  expect_played();
}

TEST_F(AgencyTest, BetsAFileThatDoesNotBeginWithDrawnBets) {
  // The books of an empty draw are the beginning of every file.
  for (const std::string& drawn : {eva, std::string()}) {
    begin({{{"1:8:", resume_point(3, "drawn", drawn.empty() ? 0 : 1, drawn)},
            {"1:7:1:" + ana, ack},
            {"1:7:2:" + luz, ack},
            {"1:5:2:", ack},
            {"1:8:", resume_point(4, "drawn", 2, ana + luz)}}});
    hand_in(ana + luz);
    expect_played();
  }
}

TEST_F(AgencyTest, NamesTheSettingForServicesThatDoNotKnowResume) {
  const std::string setting =
      "; for a service that does not know RESUME, set protocol.numbered = false";
  begin({{{"1:8:", "server:1\r\n"}}});
  EXPECT_EQ(refusal_of(ana), "the service has refused RESUME: " + setting);
  begin({{{"1:8:", "server:1:no such type\r\n"}}});
  EXPECT_EQ(refusal_of_bet(without_end(ana)),
            "the service has refused RESUME: no such type" + setting);
  begin({{{"1:8:", "server:1:the draw has no agency 1\r\n"}}});
  EXPECT_EQ(refusal_of(ana), "the service has refused RESUME: the draw has no agency 1");

  // It may also close the connection.
  settings_.reach_timeout = seconds(0);
  begin({{{"1:8:", ""}}});
  try {
    hand_in(ana);
    FAIL() << "it has gone on without a resume point";
  } catch (const AnswerLost& error) {
    EXPECT_TRUE(std::string(error.what()).ends_with(setting)) << error.what();
  }
}

class PlainAgencyTest : public AgencyTest {
 protected:
  void SetUp() override {
    settings_.protocol = Protocol::unnumbered;
    settings_.poll_interval = milliseconds(10);
  }
};

TEST_F(PlainAgencyTest, SendsABetOnceIfItsAnswerIsLost) {
  begin({{{"1:4:" + ana, ""}}});
  EXPECT_THROW(agency_->place_bet(without_end(ana)), AnswerLost);
  expect_played();
}

TEST_F(PlainAgencyTest, SendsABatchOnceIfItsAnswerIsLost) {
  begin({{{"1:4:" + ana, ""}}});
  EXPECT_THROW(hand_in(ana + luz), AnswerLost);
  expect_played();
}

TEST_F(PlainAgencyTest, SendsABetAgainIfTheServiceWasBusy) {
  begin({{{"1:4:" + ana, busy}}, {{"1:4:" + ana, ack}}});
  agency_->place_bet(without_end(ana));
  expect_played();
}

TEST_F(PlainAgencyTest, SendsABatchAgainIfTheServiceWasBusyAndPollsForTheWinners) {
  begin({{{"1:4:" + ana, busy}},
         {{"1:4:" + ana, ack},
          {"1:4:" + luz, ack},
          {"1:5", ack},
          {"1:6", wait},
          {"1:6", "server:3:\r\n"}}});
  hand_in(ana + luz);
  agency_->wait_for_winners();
  expect_played();
  EXPECT_EQ(agency_->outcome().bets, 2);
  EXPECT_EQ(agency_->outcome().draw, std::nullopt);
}

TEST_F(PlainAgencyTest, ConnectsAgainIfTheServiceClosesEachConnectionAfterItsAnswer) {
  begin({{{"1:4:" + ana, ack}},
         {{"1:4:" + luz, ack}},
         {{"1:5", ack}},
         {{"1:6", wait}},
         {{"1:6", "server:3:\r\n"}}});
  hand_in(ana + luz);
  agency_->wait_for_winners();
  expect_played();
  EXPECT_EQ(agency_->outcome().bets, 2);
}

TEST_F(PlainAgencyTest, EndsWithTheServicesSentenceAfterAnyOtherRefusal) {
  begin({{{"1:4:" + ana, "server:1:bet 1: is not liked\r\n"}}});
  EXPECT_EQ(refusal_of_bet(without_end(ana)), "the service has refused BETS: bet 1: is not liked");
  expect_played();
}

}  // namespace
}  // namespace lottery::test
