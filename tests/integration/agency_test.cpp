#include "agency_client/agency.h"

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

/// What a service says on one connection: each question, by its beginning, and the answer to it.
/// Then it closes.
using Script = std::vector<std::pair<std::string, std::string>>;

/// Plays `script` on the next connection, and returns the first thing that was not as it says.
std::string play(Poco::Net::ServerSocket& listening, const Script& script) {
  Poco::Net::StreamSocket peer = listening.acceptConnection();
  std::string received;
  for (const auto& [question, answer] : script) {
    while (received.find("\r\n") == std::string::npos) {
      std::string some(4096, '\0');
      const int bytes = peer.receiveBytes(some.data(), static_cast<int>(some.size()));
      if (bytes <= 0) return "closed instead of " + question;
      received.append(some, 0, static_cast<std::size_t>(bytes));
    }
    if (!received.starts_with(question)) return received;
    received.erase(0, received.find("\r\n") + 2);
    peer.sendBytes(answer.data(), static_cast<int>(answer.size()));
  }
  return {};
}

TEST(Agency, HandsItsBooksInAgainWhereTheAckForDoneWasThatOfARepeatedBatch) {
  const std::string bet = "Ana,D'Elia,30904465,1999-03-17,7574\n";
  const TemporaryFolder folder;
  BetsFile file(folder.write("bets.csv", bet));
  const Books books = file.check(1).books;
  const std::string nothing = BooksBalance().books().sha256;
  const std::string ack = "server:0\r\n";
  const std::string done = "1:5:1:" + books.sha256;

  Poco::Net::ServerSocket listening(Poco::Net::SocketAddress("127.0.0.1", 0));
  std::vector<std::string> unexpected;
  std::thread service([&] {
    // Something on the way repeats the batch and loses DONE.
    unexpected.push_back(play(
        listening,
        {{"1:8", "server:9:1:open:0:0:" + nothing + "\r\n"}, {"1:7:1:" + bet, ack}, {done, ack}}));
    unexpected.push_back(play(listening, {{"1:8", "server:9:1:open:1:1:" + books.sha256 + "\r\n"},
                                          {done, ack},
                                          {"1:6", "server:2\r\n"}}));
  });

  const StopSignal stop;
  AgencySettings settings;
  settings.agency = AgencyId{1};
  settings.service.host_and_port = listening.address().toString();
  Agency agency(settings, stop);
  agency.hand_in(file, books, DrawnBets::show_winners);
  agency.disconnect();
  service.join();
  EXPECT_EQ(unexpected, (std::vector<std::string>{"", ""}));
}

}  // namespace
}  // namespace lottery::test
