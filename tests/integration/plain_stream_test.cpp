#include "network/plain_stream.h"

#include <Poco/Net/ServerSocket.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <system_error>
#include <thread>

#include "network/event.h"
#include "network/interruption.h"
#include "tests/support/peer.h"

namespace lottery::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds long_time{20};
constexpr milliseconds short_time{50};

Deadline after(steady_clock::duration time) { return steady_clock::now() + time; }

/// A stream, and the peer at its other end.
class PlainStreamTest : public testing::Test {
 protected:
  std::string receive(Deadline deadline = after(long_time)) {
    std::array<char, 100> buffer{};
    return {buffer.data(), stream_.receive_some(buffer, deadline)};
  }

  std::optional<std::string> receive_now() {
    std::array<char, 100> buffer{};
    const auto bytes = stream_.receive_now(buffer);
    if (!bytes) return {};
    return std::string(buffer.data(), *bytes);
  }

  /// Waits until the stream has something to receive, and does not receive it.
  void wait_for_bytes() {
    while (!accepted_.poll(Poco::Timespan(0, 1000), Poco::Net::Socket::SELECT_READ)) {
    }
  }

  Poco::Net::ServerSocket listening_{Poco::Net::SocketAddress("127.0.0.1", 0)};
  Peer peer_{listening_.address().port()};
  Poco::Net::StreamSocket accepted_ = listening_.acceptConnection();
  Event stop_;
  PlainStream stream_{accepted_, Interruption(stop_.descriptor())};
};

TEST_F(PlainStreamTest, NamesItsPeerEvenOnceThePeerHasGone) {
  const std::string name = stream_.peer();
  EXPECT_TRUE(name.starts_with("127.0.0.1:")) << name;
  peer_.end_sending();
  EXPECT_EQ(receive(), "");
  EXPECT_EQ(stream_.peer(), name);
  EXPECT_EQ(PlainStream(Poco::Net::StreamSocket()).peer(), "unknown");
}

TEST_F(PlainStreamTest, ReadsWhatHasComeEvenAfterTheDeadline) {
  peer_.send("hello");
  wait_for_bytes();
  EXPECT_EQ(receive(steady_clock::now() - long_time), "hello");
  EXPECT_THROW(receive(steady_clock::now() - long_time), TimedOut);
}

TEST_F(PlainStreamTest, WaitsUntilTheDeadlineForBytesThatDoNotCome) {
  const auto began = steady_clock::now();
  EXPECT_THROW(receive(began + short_time), TimedOut);
  EXPECT_GE(steady_clock::now() - began, short_time);
}

TEST_F(PlainStreamTest, ReadsWithoutWaiting) {
  EXPECT_EQ(receive_now(), std::nullopt);
  peer_.send("hello");
  wait_for_bytes();
  EXPECT_EQ(receive_now(), "hello");
  peer_.end_sending();
  wait_for_bytes();
  EXPECT_EQ(receive_now(), "");
}

TEST_F(PlainStreamTest, SendsMoreThanTheSystemKeepsWhileThePeerReads) {
  const std::string bytes(32UL * 1024 * 1024, 'x');
  std::jthread sending([&] {
    stream_.send_all(bytes, after(long_time));
    stream_.linger(after(long_time));
  });
  EXPECT_EQ(peer_.receive_all().size(), bytes.size());
  peer_.end_sending();
}

TEST_F(PlainStreamTest, StopsSendingAtTheDeadlineIfThePeerDoesNotRead) {
  const std::string bytes(32UL * 1024 * 1024, 'x');
  EXPECT_THROW(stream_.send_all(bytes, after(short_time)), TimedOut);
}

TEST_F(PlainStreamTest, SendsAFewBytesWithoutAWaitAfterTheDeadline) {
  stream_.send_all("last word\r\n", steady_clock::now() - long_time);
  EXPECT_EQ(peer_.receive_until(), "last word\r\n");
}

TEST_F(PlainStreamTest, SaysThatAPeerThatHasResetTheConnectionIsAnError) {
  {
    Peer other(listening_.address().port());
    accepted_ = listening_.acceptConnection();
    other.reset_at_end();
  }
  PlainStream stream(accepted_);
  std::array<char, 1> buffer{};
  wait_for_bytes();
  EXPECT_EQ(stream.receive_now(buffer), std::nullopt) << "the next call that may throw says why";
  EXPECT_THROW(stream.send_all("hello", after(long_time)), std::system_error);
}

TEST_F(PlainStreamTest, IsInterruptedWhileItWaitsButNotWhileItNeedNot) {
  peer_.send("hello");
  wait_for_bytes();
  stop_.happen();
  EXPECT_EQ(receive(), "hello");
  EXPECT_THROW(receive(), Interrupted);
  const std::string bytes(32UL * 1024 * 1024, 'x');
  EXPECT_THROW(stream_.send_all(bytes, after(long_time)), Interrupted);
}

TEST_F(PlainStreamTest, WaitsForAnEventAndLeavesBytesThatComeInTheMeantime) {
  Event event;
  peer_.send("hello");
  wait_for_bytes();
  EXPECT_EQ(stream_.wait_for_event(event.descriptor(), after(short_time)), EventWait::deadline);
  event.happen();
  EXPECT_EQ(stream_.wait_for_event(event.descriptor(), after(long_time)), EventWait::happened);
  EXPECT_EQ(receive(), "hello");
}

TEST_F(PlainStreamTest, EndsTheWaitForAnEventIfThePeerEnds) {
  const Event event;
  peer_.send("hello");
  peer_.end_sending();
  EXPECT_EQ(stream_.wait_for_event(event.descriptor(), after(long_time)), EventWait::peer_ended);
  EXPECT_EQ(receive(), "hello");
}

TEST_F(PlainStreamTest, LingersUntilThePeerHasReadAndEndedItsSide) {
  peer_.send("bytes that nobody reads");
  stream_.send_all("last word", after(long_time));
  std::jthread lingering([&] { stream_.linger(after(long_time)); });
  EXPECT_EQ(peer_.receive_all(), "last word");
  peer_.end_sending();
}

TEST_F(PlainStreamTest, LingersNoLongerThanTheDeadline) {
  EXPECT_THROW(stream_.linger(after(short_time)), TimedOut);
}

TEST_F(PlainStreamTest, CanStillSendOnceItsReceivingWasStopped) {
  const Event event;
  peer_.send("hello");
  wait_for_bytes();
  std::jthread stopping([&] { stream_.stop_receiving(); });
  EXPECT_EQ(stream_.wait_for_event(event.descriptor(), after(long_time)), EventWait::peer_ended);
  EXPECT_EQ(receive(), "hello");
  EXPECT_EQ(receive(), "");
  stream_.send_all("answer\r\n", after(long_time));
  EXPECT_EQ(peer_.receive_until(), "answer\r\n");
}

TEST_F(PlainStreamTest, IsCutWhileItSends) {
  const std::string bytes(32UL * 1024 * 1024, 'x');
  // The peer does not read, so the sending thread blocks.
  std::jthread cutting([&] { stream_.cut(); });
  EXPECT_THROW(stream_.send_all(bytes, after(long_time)), std::system_error);
}

}  // namespace
}  // namespace lottery::test
