#include <Poco/Net/ServerSocket.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/unused_port.h"
#include "tests/support/wait_until.h"

namespace lottery::test {
namespace {

std::string get(std::uint16_t port, const std::string& path) {
  Peer peer(port);
  peer.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return peer.receive_all();
}

class StatusProcess : public testing::Test {
 protected:
  /// Runs `lottery_service --ready`, and expects its exit code.
  std::string ask_if_ready(const std::string& port, int exit_code) {
    Process asking(LOTTERY_SERVICE_PROGRAM, {"--ready", "--status.port=" + port},
                   folder_ / ("ready-" + std::to_string(++asked_)));
    EXPECT_EQ(asking.wait(), exit_code);
    return asking.errors() + asking.output();
  }

  TemporaryFolder folder_;
  int asked_ = 0;
};

TEST_F(StatusProcess, IsServedOnAPortOfItsOwn) {
  ServiceProcess service(folder_.path(), {"--status.port=any"});
  const std::uint16_t port = service.status_port();
  EXPECT_NE(port, service.port());
  EXPECT_TRUE(get(port, "/healthz").ends_with("alive\n"));
  EXPECT_EQ(ask_if_ready(std::to_string(port), 0), "ready\n");
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(service.output().find("result: fail"), std::string::npos) << service.output();
}

TEST_F(StatusProcess, CanBeSwitchedOff) {
  ServiceProcess service(folder_.path(), {"--status.port=none"});
  service.port();
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(service.output().find("status_page"), std::string::npos);
  EXPECT_EQ(ask_if_ready("none", 1),
            "lottery_service: --ready asks the status page, but status.port is none: set it to a "
            "number\n");
  EXPECT_EQ(ask_if_ready("any", 1),
            "lottery_service: --ready asks the status page, but status.port is any, so its port is "
            "not known: set it to a number\n");
}

TEST_F(StatusProcess, OfAPortThatSomebodyHasChosenMustBeThere) {
  Poco::Net::ServerSocket taken(Poco::Net::SocketAddress("127.0.0.1", 0));
  const std::string port = std::to_string(taken.address().port());
  ServiceProcess service(folder_.path(), {"--status.port=" + port});
  EXPECT_EQ(service.wait(), 1);
  EXPECT_NE(service.errors().find("status.port: can't listen on 127.0.0.1:" + port),
            std::string::npos)
      << service.errors();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "bets.db"));
}

TEST_F(StatusProcess, IsMissingIfItsUsualPortIsTaken) {
  // Another service of this machine may use that port already. Then the page is missing for the
  // same reason.
  std::unique_ptr<Poco::Net::ServerSocket> taken;
  try {
    taken = std::make_unique<Poco::Net::ServerSocket>(Poco::Net::SocketAddress("127.0.0.1", 12346));
  } catch (const Poco::Exception&) {
  }
  Process service(LOTTERY_SERVICE_PROGRAM,
                  {"--service.host=127.0.0.1", "--service.port=any",
                   "--storage.path=" + (folder_ / "bets.db").string()},
                  folder_ / "service.log");
  service.wait_for_output(
      "action: status_page | result: fail | error: status.port: can't listen on "
      "127.0.0.1:12346");
  service.wait_for_output("action: listen | result: success");
  service.signal(SIGTERM);
  EXPECT_EQ(service.wait(), 0);
}

TEST_F(StatusProcess, SaysThatNobodyAnswers) {
  const UnusedPort nobody;
  const std::string port = std::to_string(nobody.number());
  EXPECT_EQ(ask_if_ready(port, 1), "lottery_service: the status page at 127.0.0.1:" + port +
                                       " does not answer: Connection refused\n");
}

TEST_F(StatusProcess, GoesOnAndSaysSoWhileTheDiskDoesNotAnswer) {
  ServiceProcess service(folder_.path(), {"--status.port=any"},
                         {{"LD_PRELOAD", HELD_SYNC_LIBRARY},
                          {"HELD_SYNCS", folder_.path().string()},
                          {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
  const std::uint16_t port = service.status_port();
  const auto wait_for = [&](const std::string& path, const std::string& text) {
    wait_until([&] { return get(port, path).find(text) != std::string::npos; });
  };
  wait_for("/status", "\"ready\":true");
  folder_.write("hold", "");
  Peer peer(service.port());
  peer.send("1:4:Ana,Paz,1,1999-03-17,7574\n\r\n");
  const std::string not_answered = "the database has not answered for 3 seconds";
  wait_for("/status", "\"not_ready_because\":\"" + not_answered);
  wait_for("/metrics", "\nlottery_ready 0\n");
  EXPECT_TRUE(get(port, "/readyz").ends_with(not_answered + "\n"));
  // Snapshots continue, with the data known to be durable.
  const auto taken_at = [&] {
    const std::string status = get(port, "/status");
    return status.substr(status.find("\"taken_at_ms\""), 30);
  };
  const std::string before = taken_at();
  wait_until([&] { return taken_at() != before; });
  EXPECT_NE(get(port, "/status").find("\"draw\":null"), std::string::npos);
  std::filesystem::remove(folder_ / "hold");
  wait_for("/status", "\"ready\":true");
  EXPECT_EQ(peer.receive_until(), "server:0\r\n");
  wait_for("/status", "\"bets\":1");
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(StatusProcess, SaysWhyTheServiceIsNotReady) {
  ServiceProcess service(folder_.path(), {"--status.port=any", "--service.max_connections=1"});
  const std::string port = std::to_string(service.status_port());
  Peer peer(service.port());
  ASSERT_EQ(peer.ask("1:6\r\n"), "server:2\r\n");
  std::string said;
  // The answer may be a second old.
  while (
      (said = get(static_cast<std::uint16_t>(std::stoi(port)), "/readyz")).ends_with("ready\n")) {
  }
  EXPECT_EQ(
      ask_if_ready(port, 1),
      "lottery_service: the service is not ready: the service is full: it serves 1 connections "
      "at once\n");
}

}  // namespace
}  // namespace lottery::test
