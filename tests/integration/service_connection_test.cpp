#include "agency_client/service_connection.h"

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>

namespace lottery::test {
namespace {

/// The connection, and the service's end of it, on which a test says what it wants.
class ServiceConnectionTest : public testing::Test {
 protected:
  void SetUp() override {
    connection_.connect();
    service_ = std::make_unique<Poco::Net::StreamSocket>(listening_.acceptConnection());
  }

  void answer(const std::string& bytes) {
    ASSERT_EQ(service_->sendBytes(bytes.data(), static_cast<int>(bytes.size())),
              static_cast<int>(bytes.size()));
  }

  void send_three() {
    for (const char* message : {"1:7:1:a\n\r\n", "1:7:2:b\n\r\n", "1:7:3:c\n\r\n"}) {
      connection_.send(message);
    }
  }

  Poco::Net::ServerSocket listening_{Poco::Net::SocketAddress("127.0.0.1", 0)};
  StopSignal stop_;
  ServiceConnection connection_{
      {.host_and_port = listening_.address().toString(), .answer_timeout = std::chrono::seconds(2)},
      stop_};
  std::unique_ptr<Poco::Net::StreamSocket> service_;
};

TEST_F(ServiceConnectionTest, GivesTheAnswersToSeveralMessagesInTheirOrder) {
  send_three();
  answer("server:0\r\nserver:2\r\nserver:9:4:open:0:0:");
  answer(std::string(64, 'a') + "\r\n");
  EXPECT_TRUE(std::holds_alternative<Ack>(connection_.receive()));
  EXPECT_TRUE(std::holds_alternative<Wait>(connection_.receive()));
  const Answer last = connection_.receive();
  ASSERT_TRUE(std::holds_alternative<ResumePoint>(last));
  EXPECT_EQ(std::get<ResumePoint>(last).draw, 4);
}

TEST_F(ServiceConnectionTest, PassesOverTheAnswersBehindAnErrorAndGoesOn) {
  send_three();
  answer("server:0\r\nserver:1:bad\r\nserver:1:past the next one\r\n");
  EXPECT_TRUE(std::holds_alternative<Ack>(connection_.receive()));
  const Answer error = connection_.receive();
  ASSERT_TRUE(std::holds_alternative<Error>(error));
  EXPECT_EQ(std::get<Error>(error).reason, "bad");
  answer("server:2\r\n");
  EXPECT_TRUE(std::holds_alternative<Wait>(connection_.ask("1:6\r\n")));
}

TEST_F(ServiceConnectionTest, IsTurnedAwayWhereTheServiceClosesAfterItsErrors) {
  send_three();
  answer("server:1:the database has failed\r\nserver:1:the database has failed\r\n");
  service_->close();
  try {
    connection_.receive();
    FAIL() << "it was not turned away";
  } catch (const TurnedAway& error) {
    EXPECT_NE(std::string(error.what()).find("turned this agency away: the database has failed"),
              std::string::npos)
        << error.what();
  }
  EXPECT_FALSE(connection_.is_connected());
}

TEST_F(ServiceConnectionTest, LosesTheAnswersThatDoNotCome) {
  send_three();
  answer("server:0\r\nserver:");
  service_->shutdownSend();
  EXPECT_TRUE(std::holds_alternative<Ack>(connection_.receive()));
  EXPECT_THROW(connection_.receive(), AnswerLost);
  EXPECT_FALSE(connection_.is_connected());
}

TEST_F(ServiceConnectionTest, WaitsForAnAnswerBehindAnErrorNoLongerThanForAnother) {
  send_three();
  answer("server:1:bad\r\n");
  EXPECT_THROW(connection_.receive(), AnswerLost);
  EXPECT_FALSE(connection_.is_connected());
}

TEST_F(ServiceConnectionTest, NoticesAQuestionThatWasAnsweredTwice) {
  answer("server:0\r\nserver:0\r\n");
  EXPECT_TRUE(std::holds_alternative<Ack>(connection_.ask("1:7:1:a\n\r\n")));
  EXPECT_THROW(connection_.ask("1:5\r\n"), AnswerLost);
}

}  // namespace
}  // namespace lottery::test
