#include "agency_client/service_connection.h"

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <variant>

#include "network/wait.h"
#include "program/stop_signal.h"

namespace lottery::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds answer_timeout{1};

/// The client's connection, and the service's end of it, which the test controls.
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
  StopSignal stop_{Hangup::stops};
  ServiceConnection connection_{
      {.addresses = {listening_.address().toString()}, .answer_timeout = answer_timeout},
      stop_.interruption()};
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

TEST_F(ServiceConnectionTest, GivesAnErrorAndTheAnswersBehindIt) {
  send_three();
  answer("server:0\r\nserver:1:bad\r\nserver:1:past the next one\r\n");
  EXPECT_TRUE(std::holds_alternative<Ack>(connection_.receive()));
  for (const char* reason : {"bad", "past the next one"}) {
    const Answer error = connection_.receive();
    ASSERT_TRUE(std::holds_alternative<Error>(error));
    EXPECT_EQ(std::get<Error>(error).reason, reason);
  }
  answer("server:2\r\n");
  EXPECT_TRUE(std::holds_alternative<Wait>(connection_.ask("1:6\r\n")));
}

TEST_F(ServiceConnectionTest, IsTurnedAwayIfTheServiceIsBusy) {
  answer("server:1:busy: the disk is full\r\n");
  try {
    send_three();
    connection_.receive();
    FAIL() << "it was not turned away";
  } catch (const TurnedAway& error) {
    EXPECT_EQ(std::string(error.what()),
              "the service at " + listening_.address().toString() + " is busy: the disk is full");
  }
  EXPECT_FALSE(connection_.is_connected());
}

TEST_F(ServiceConnectionTest, IsTurnedAwayIfTheServiceIsBusyAndCloses) {
  send_three();
  answer("server:1:busy: the service is full\r\n");
  service_->shutdownSend();
  EXPECT_THROW(connection_.receive(), TurnedAway);
}

TEST_F(ServiceConnectionTest, IsRefusedAndNotTurnedAwayIfTheServiceClosesForAnotherReason) {
  send_three();
  answer("server:1:the message is longer than 65536 bytes\r\n");
  service_->shutdownSend();
  EXPECT_TRUE(std::holds_alternative<Error>(connection_.receive()));
  EXPECT_THROW(connection_.receive(), AnswerLost);
}

TEST_F(ServiceConnectionTest, LosesTheAnswersThatDoNotCome) {
  send_three();
  answer("server:0\r\nserver:");
  service_->shutdownSend();
  EXPECT_TRUE(std::holds_alternative<Ack>(connection_.receive()));
  EXPECT_THROW(connection_.receive(), AnswerLost);
  EXPECT_FALSE(connection_.is_connected());
}

TEST_F(ServiceConnectionTest, WaitsForAnAnswerThatComesInDripsNoLongerThanForAnother) {
  connection_.send("1:6\r\n");
  std::jthread dripping([&](const std::stop_token& stop) {
    // The service sends one byte at a time. Each comes long before the deadline of the answer.
    const Deadline end = Clock::now() + std::chrono::seconds(20);
    const std::string drip = "s";
    while (!stop.stop_requested() && Clock::now() < end) {
      if (::send(service_->impl()->sockfd(), drip.data(), drip.size(), MSG_NOSIGNAL) < 0) return;
      pause_until(Clock::now() + std::chrono::milliseconds(50), {});
    }
  });
  const auto begun_at = Clock::now();
  EXPECT_THROW(connection_.receive(), AnswerLost);
  EXPECT_LT(Clock::now() - begun_at, std::chrono::seconds(10));
}

TEST_F(ServiceConnectionTest, WaitsLongerForAnAnswerThatTheServiceMayHoldBack) {
  connection_.send("1:10:1\r\n");
  std::jthread holding([&] {
    pause_until(Clock::now() + answer_timeout + std::chrono::milliseconds(300), {});
    answer("server:2\r\n");
  });
  EXPECT_TRUE(std::holds_alternative<Wait>(connection_.receive(std::chrono::seconds(10))));
}

TEST_F(ServiceConnectionTest, ConnectsAgainIfTheServiceHasClosedAfterItsAnswer) {
  answer("server:0\r\n");
  service_->shutdownSend();
  EXPECT_TRUE(std::holds_alternative<Ack>(connection_.ask("1:4:a\n\r\n")));
  connection_.await_habitual_close();
  EXPECT_FALSE(connection_.is_connected());
  connection_.connect();
  service_ = std::make_unique<Poco::Net::StreamSocket>(listening_.acceptConnection());
  answer("server:2\r\n");
  EXPECT_TRUE(std::holds_alternative<Wait>(connection_.ask("1:6\r\n")));
}

TEST_F(ServiceConnectionTest, StaysConnectedToAServiceThatDoesNotClose) {
  answer("server:0\r\n");
  EXPECT_TRUE(std::holds_alternative<Ack>(connection_.ask("1:4:a\n\r\n")));
  connection_.await_habitual_close();
  connection_.connect();
  EXPECT_TRUE(connection_.is_connected());
  answer("server:2\r\n");
  EXPECT_TRUE(std::holds_alternative<Wait>(connection_.ask("1:6\r\n")));
}

/// A connection with the addresses of two services.
class TwoServices : public testing::Test {
 protected:
  /// Sends a question, which must reach `service`. The service answers `answer`.
  Poco::Net::StreamSocket ask_at(Poco::Net::ServerSocket& service, const std::string& answer) {
    connection_.connect();
    EXPECT_EQ(connection_.address(), service.address().toString());
    connection_.send("1:6\r\n");
    Poco::Net::StreamSocket accepted = service.acceptConnection();
    accepted.sendBytes(answer.data(), static_cast<int>(answer.size()));
    connection_.receive();
    return accepted;
  }

  Poco::Net::ServerSocket first_{Poco::Net::SocketAddress("127.0.0.1", 0)};
  Poco::Net::ServerSocket second_{Poco::Net::SocketAddress("127.0.0.1", 0)};
  StopSignal stop_{Hangup::stops};
  ServiceConnection connection_{
      {.addresses = {first_.address().toString(), second_.address().toString()},
       .answer_timeout = answer_timeout},
      stop_.interruption()};
};

TEST_F(TwoServices, AreUsedInTurnWhenTheConnectionIsToldTo) {
  for (Poco::Net::ServerSocket* service : {&first_, &second_, &first_}) {
    const auto accepted = ask_at(*service, "server:2\r\n");
    connection_.use_next_address();
    EXPECT_FALSE(connection_.is_connected());
  }
}

TEST_F(TwoServices, MayEachCloseAfterItsAnswersOrNot) {
  const auto stays_open = ask_at(first_, "server:2\r\n");
  connection_.await_habitual_close();
  EXPECT_TRUE(connection_.is_connected());
  connection_.use_next_address();
  auto closes = ask_at(second_, "server:2\r\n");
  closes.shutdownSend();
  connection_.await_habitual_close();
  EXPECT_FALSE(connection_.is_connected());
}

TEST_F(ServiceConnectionTest, NoticesAQuestionThatWasAnsweredTwice) {
  answer("server:0\r\nserver:0\r\n");
  EXPECT_TRUE(std::holds_alternative<Ack>(connection_.ask("1:7:1:a\n\r\n")));
  EXPECT_THROW(connection_.ask("1:5\r\n"), AnswerLost);
}

}  // namespace
}  // namespace lottery::test
