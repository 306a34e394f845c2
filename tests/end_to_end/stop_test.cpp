// A stop signal ends each program within 5 seconds, whatever it is doing.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

const std::string ack = "server:0\r\n";

/// Stops `process`, expects that it ends in time, and returns its exit code.
int stop_in_time(Process& process, int signal = SIGTERM) {
  const auto began = steady_clock::now();
  process.signal(signal);
  const int exit_code = process.wait();
  EXPECT_LT(steady_clock::now() - began, seconds(5));
  return exit_code;
}

TEST(Stop, EndsAnAgencysClientThatChecksAFile) {
  const TemporaryFolder folder;
  // Creates a sparse file, which takes no space on the disk and minutes to read.
  const auto bets = folder.write("bets.csv", "");
  std::filesystem::resize_file(bets, 1024ULL * 1024 * 1024 * 1024);
  Process client(AGENCY_CLIENT_PROGRAM,
                 {"--agency.bets=" + bets.string(), "--service.address=127.0.0.1:1"},
                 folder / "client");
  client.wait_for_output("action: config");
  EXPECT_EQ(stop_in_time(client), 143);
  EXPECT_NE(client.output().find("action: shutdown | result: success"), std::string::npos);
}

TEST(Stop, EndsAnAgencysClientWhoseNameServerDoesNotAnswer) {
  using Words = std::vector<std::string>;
  for (Words words :
       {Words{"ping"}, Words{"bet", "--first-name=Ana", "--last-name=R", "--document=1",
                             "--birthdate=1999-03-17", "--number=7574"}}) {
    const TemporaryFolder folder;
    const auto resolving = folder / "resolving";
    words.emplace_back("--service.address=lottery.example:1");
    Process client(AGENCY_CLIENT_PROGRAM, words, folder / "client",
                   {{"LD_PRELOAD", SILENT_RESOLVER_LIBRARY},
                    {"RESOLVING_FILE", resolving.string()},
                    {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
    while (!std::filesystem::exists(resolving)) ASSERT_TRUE(client.is_running());
    EXPECT_EQ(stop_in_time(client), 143);
    EXPECT_NE(client.output().find("action: shutdown | result: success"), std::string::npos);
  }
}

TEST(Stop, EndsAServiceThatReadsAndSendsAMillionWinners) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path(),
                         {"--lottery.agencies=1", "--service.max_message_bytes=1048576"});
  {
    Peer uploading(service.port());
    std::string batch = "1:4:";
    constexpr int batches = 50;
    constexpr int bets = 20'000;
    for (int i = 0; i < bets; ++i) batch += "Ana,D'Elia,30904465,1999-03-17,7574\n";
    batch += "\r\n";
    for (int i = 0; i < batches; ++i) ASSERT_EQ(uploading.ask(batch), ack);
    ASSERT_EQ(uploading.ask("1:5\r\n"), ack);
  }
  // The first peer receives the beginning of its winners and stops reading. The service reads the
  // winners for the other peers.
  std::vector<std::unique_ptr<Peer>> peers;
  constexpr int asking = 8;
  for (int i = 0; i < asking; ++i) {
    peers.push_back(std::make_unique<Peer>(service.port()));
    peers.back()->send("1:6\r\n");
  }
  EXPECT_TRUE(peers.front()->receive_until("\n").starts_with("server:3:1,Ana"));
  EXPECT_EQ(stop_in_time(service), 0);
}

TEST(Stop, IsNotAskedForByAHangup) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path(), {"--lottery.agencies=1"});
  Peer peer(service.port());
  service.signal(SIGHUP);
  service.wait_for_output("action: hangup | result: ignored");
  EXPECT_EQ(peer.ask("1:6\r\n"), "server:2\r\n");
  EXPECT_EQ(service.stop(), 0);
}

TEST(Stop, EndsABackupAtOnceEvenIfNobodyReadsIt) {
  const TemporaryFolder folder;
  {
    ServiceProcess service(folder.path());
    service.port();
    EXPECT_EQ(service.stop(), 0);
  }
  // The copy is longer than this pipe can hold.
  const auto pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  ASSERT_EQ(::fcntl(reader, F_SETPIPE_SZ, 4096), 4096);
  Process backup(LOTTERY_SERVICE_PROGRAM,
                 {"--storage.path=" + (folder / "bets.db").string(), "--backup=-"}, pipe);
  char first = 0;
  while (::read(reader, &first, 1) <= 0) ASSERT_TRUE(backup.is_running());
  EXPECT_EQ(stop_in_time(backup), -SIGTERM);
  ::close(reader);
}

TEST(Stop, EndsARestoreAtOnceEvenIfNothingComes) {
  const TemporaryFolder folder;
  const auto pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  // The shell waits until the pipe has a writer. So from then on, the restore has its standard
  // input.
  Process restore("/bin/sh",
                  {"-c", "exec \"$@\" <" + pipe.string(), "sh", LOTTERY_SERVICE_PROGRAM,
                   "--storage.path=" + (folder / "bets.db").string(), "--restore=-"},
                  folder / "restore");
  const int writer = ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(writer, 0);
  ASSERT_EQ(::write(writer, "S", 1), 1);
  int unread = 1;
  while (unread != 0) ASSERT_EQ(::ioctl(writer, FIONREAD, &unread), 0);
  EXPECT_EQ(stop_in_time(restore, SIGINT), -SIGINT);
  ::close(writer);
}

}  // namespace
}  // namespace lottery::test
