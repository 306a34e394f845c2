#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/unused_port.h"

namespace lottery::test {
namespace {

using Words = std::vector<std::string>;

/// Runs `program` through a shell that closes or redirects standard streams as `redirections` say.
std::unique_ptr<Process> start(const std::string& redirections, const std::string& program,
                               const Words& arguments, const std::filesystem::path& output) {
  Words words{"-c", R"(exec "$0" "$@" )" + redirections, program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return std::make_unique<Process>("/bin/sh", words, output);
}

class ClosedStreams : public testing::TestWithParam<const char*> {};

// A file that a program opens gets the lowest free descriptor. Without standard output, the first
// of the database's files would get the descriptor of standard output, and log lines would be
// written into it.
TEST_P(ClosedStreams, HarmNoFileOfTheServiceOrTheAgencysClient) {
  const TemporaryFolder folder;
  const std::string database = (folder / "bets.db").string();
  // A service without standard output can't report its port.
  const UnusedPort unused;
  const std::string port = std::to_string(unused.number());
  const auto bets =
      folder.write("bets.csv", "Ana,D'Elia,1,1999-03-17,7574\nAna,R,2,1999-03-17,1\n");
  const auto service = start(GetParam(), LOTTERY_SERVICE_PROGRAM,
                             {"--service.host=127.0.0.1", "--service.port=" + port,
                              "--lottery.agencies=1", "--storage.path=" + database},
                             folder / "service");
  const auto client =
      start(GetParam(), AGENCY_CLIENT_PROGRAM,
            {"--service.address=127.0.0.1:" + port, "--agency.bets=" + bets.string(),
             "--agency.winners=" + (folder / "winners").string(),
             "--result=" + (folder / "result").string(), "--winners.poll_interval_ms=10"},
            folder / "client");
  EXPECT_EQ(client->wait(), 0) << client->errors();
  service->signal(SIGTERM);
  EXPECT_EQ(service->wait(), 0) << service->errors();

  EXPECT_TRUE(read_file(database).starts_with(std::string("SQLite format 3\0", 16)));
  const auto verify = start(GetParam(), LOTTERY_SERVICE_PROGRAM,
                            {"--verify", "--storage.path=" + database}, folder / "verify");
  EXPECT_EQ(verify->wait(), 0) << verify->output() << verify->errors();
  EXPECT_TRUE(read_file(folder / "result")
                  .starts_with(R"({"agency":1,"draw":1,"bets":2,"already_stored":0,"winners":1,)"));
  EXPECT_EQ(read_file(folder / "winners"), "Ana,D'Elia,1,1999-03-17,7574\n");
  EXPECT_EQ(read_file(bets), "Ana,D'Elia,1,1999-03-17,7574\nAna,R,2,1999-03-17,1\n");
}

INSTANTIATE_TEST_SUITE_P(EachOfThem, ClosedStreams,
                         testing::Values("<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-",
                                         "<&- >&- 2>&-"));

TEST(StandardOutput, ThatCanNotBeWrittenIsAFailureOfWhatWasAsked) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path(), {"--lottery.agencies=1"});
  const std::string address = "--service.address=127.0.0.1:" + std::to_string(service.port());
  const auto bets = folder.write("bets.csv", "Ana,D'Elia,1,1999-03-17,7574\n");
  const std::string database = "--storage.path=" + (folder / "bets.db").string();
  const std::vector<std::pair<std::string, Words>> asked{
      {LOTTERY_SERVICE_PROGRAM, {"--help"}},
      {LOTTERY_SERVICE_PROGRAM, {"--version"}},
      {LOTTERY_SERVICE_PROGRAM, {"--verify", database}},
      {LOTTERY_SERVICE_PROGRAM, {"--backup=" + (folder / "copy.db").string(), database}},
      {AGENCY_CLIENT_PROGRAM, {"--help"}},
      {AGENCY_CLIENT_PROGRAM, {"--version"}},
      {AGENCY_CLIENT_PROGRAM,
       {address, "--agency.bets=" + bets.string(), "--result=" + (folder / "result").string()}}};
  for (const auto& [program, arguments] : asked) {
    SCOPED_TRACE(program + " " + arguments.front());
    const auto process = start(">/dev/full", program, arguments, folder / "output");
    EXPECT_EQ(process->wait(), 1);
    const std::string errors = process->errors();
    EXPECT_TRUE(errors.ends_with(": standard output can't be written: No space left on device\n"))
        << errors;
    EXPECT_EQ(errors.find('\n'), errors.size() - 1) << errors;
  }
  // The client continues without its log, and its exit code is right.
  EXPECT_TRUE(read_file(folder / "result")
                  .starts_with(R"({"agency":1,"draw":1,"bets":1,"already_stored":0,"winners":1,)"));
  EXPECT_EQ(service.stop(), 0);
}

TEST(StandardOutput, ThatCanNotBeWrittenDoesNotStopTheService) {
  const TemporaryFolder folder;
  const UnusedPort unused;
  const std::string port = std::to_string(unused.number());
  const auto service = start(">/dev/full", LOTTERY_SERVICE_PROGRAM,
                             {"--service.host=127.0.0.1", "--service.port=" + port,
                              "--storage.path=" + (folder / "bets.db").string()},
                             folder / "service");
  Process client(AGENCY_CLIENT_PROGRAM,
                 {"bet", "--service.address=127.0.0.1:" + port, "--first-name=Ana", "--last-name=R",
                  "--document=1", "--birthdate=1999-03-17", "--number=1"},
                 folder / "client");
  EXPECT_EQ(client.wait(), 0) << client.errors();
  service->signal(SIGTERM);
  EXPECT_EQ(service->wait(), 0) << service->errors();
}

}  // namespace
}  // namespace lottery::test
