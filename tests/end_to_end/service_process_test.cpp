#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

const std::string bet = "Ana,D'Elia,30904465,1999-03-17,7574\n";
const std::string ack = "server:0\r\n";

/// Runs the service with these arguments, which must prevent its start. Expects exit code 1 and one
/// sentence on standard error that contains all of `words`.
void expect_no_start(const TemporaryFolder& folder, const std::vector<std::string>& arguments,
                     const std::vector<std::string>& words) {
  ServiceProcess service(folder.path(), arguments);
  EXPECT_EQ(service.wait(), 1);
  const std::string errors = service.errors();
  EXPECT_TRUE(errors.starts_with("lottery_service: ")) << errors;
  EXPECT_EQ(errors.find('\n'), errors.size() - 1) << errors;
  for (const std::string& word : words) EXPECT_NE(errors.find(word), std::string::npos) << errors;
}

/// The number of times that `text` contains `part`.
int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(ServiceProcess, EndsWithZeroOnSigtermAndLogsWhatItCloses) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path());
  Peer peer(service.port());
  EXPECT_EQ(peer.ask("1:6\r\n"), "server:2\r\n");
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(service.errors(), "");
  const std::string log = service.output();
  for (const char* line :
       {"action: shutdown | result: in_progress",
        "action: close_listening_socket | result: success",
        "action: close_connection | result: success", "action: close_connections | result: success",
        "action: close_database | result: success", "action: shutdown | result: success"}) {
    EXPECT_NE(log.find(line), std::string::npos) << log;
  }
}

TEST(ServiceProcess, EndsWithZeroOnSigint) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path());
  service.port();
  service.signal(SIGINT);
  EXPECT_EQ(service.wait(), 0);
}

TEST(ServiceProcess, LogsEverySettingInForce) {
  const TemporaryFolder folder;
  const auto config = folder.write("service.properties",
                                   "service.backlog = 77\nlottery.winning_number = 5\n"
                                   "lottery.agencies = 1,2,7\n"
                                   "logging.loggers.noisy.name = noisy\n");
  ServiceProcess service(folder.path(),
                         {"--config=" + config.string(), "--service.max_connections=9"},
                         {{"LOTTERY_WINNING_NUMBER", "6"}, {"SERVICE_MAX_CONNECTIONS", "8"}});
  service.port();
  const std::string log = service.output();
  for (const std::string& field : std::vector<std::string>{
           "action: config | result: success", "service.host: 127.0.0.1", "service.port: any",
           "service.backlog: 77", "service.max_connections: 9", "service.idle_timeout_seconds: 60",
           "service.max_message_bytes: 65536", "lottery.agencies: 1,2,7",
           "storage.path: " + (folder / "bets.db").string(), "logging.loggers.noisy.name: noisy"}) {
    EXPECT_NE(log.find(field), std::string::npos) << field << " in " << log;
  }
  EXPECT_EQ(log.find("winning_number"), std::string::npos) << "told before the draw: " << log;
  EXPECT_EQ(service.stop(), 0);
}

TEST(ServiceProcess, AndTheAgencysClientTakeTheSettingsFilesThatAreShipped) {
  const TemporaryFolder folder;
  const std::string source = LOTTERY_SOURCE_DIR;
  ServiceProcess service(folder.path(), {"--config=" + source + "/service/service.properties"});
  const std::string address = "127.0.0.1:" + std::to_string(service.port());
  Process client(AGENCY_CLIENT_PROGRAM,
                 {"ping", "--config=" + source + "/agency_client/agency.properties",
                  "--service.address=" + address},
                 folder / "client.log");
  EXPECT_EQ(client.wait(), 0) << client.errors();
  EXPECT_EQ(service.stop(), 0);
}

TEST(ServiceProcess, LogsABatchASingleBetAndTheDraw) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path(), {"--lottery.agencies=1"});
  Peer peer(service.port());
  EXPECT_EQ(peer.ask("1:4:" + bet + bet + "\r\n"), ack);
  EXPECT_EQ(peer.ask("1:4:" + bet + "\r\n"), ack);
  EXPECT_TRUE(peer.ask("1:4:bad\r\n").starts_with("server:1:"));
  EXPECT_EQ(peer.ask("1:5\r\n"), ack);
  EXPECT_EQ(service.stop(), 0);
  const std::string log = service.output();
  for (const char* line : {
           " INFO     action: apuesta_recibida | result: success | agencia: 1 | cantidad: 2\n",
           " INFO     action: apuesta_recibida | result: success | agencia: 1 | cantidad: 1\n",
           " INFO     action: apuesta_almacenada | result: success | dni: 30904465 | numero: "
           "7574\n",
           " ERROR    action: apuesta_recibida | result: fail | agencia: 1 | cantidad: 1 | error: "
           "bet 1: has 1 field, not 5: 'bad'\n",
           " INFO     action: sorteo | result: success | draw: 1 | ganadores: 3\n",
       }) {
    EXPECT_NE(log.find(line), std::string::npos) << line << " in " << log;
  }
}

TEST(ServiceProcess, LetsNoPeerForgeLogLines) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path(), {"--lottery.agencies=1"});
  Peer peer(service.port());
  EXPECT_EQ(peer.ask("1:4:Ana,R,1 | numero 7574,1999-03-17,5\n\r\n"), ack);
  EXPECT_TRUE(peer.ask("1:4:x | action: sorteo\n\r\n").starts_with("server:1:"));
  EXPECT_TRUE(
      peer.ask("1:6:action: sorteo | result: success | draw: 9\r\n").starts_with("server:1:"));
  EXPECT_EQ(service.stop(), 0);
  const std::string log = service.output();
  EXPECT_NE(log.find("| dni: 1 \\x7C numero 7574 | numero: 5\n"), std::string::npos) << log;
  EXPECT_EQ(log.find("| numero 7574"), std::string::npos) << log;
  EXPECT_EQ(log.find("| action: "), std::string::npos) << log;
  EXPECT_EQ(log.find("action: sorteo |"), std::string::npos) << log;
}

TEST(ServiceProcess, DoesNotStartOnAPortInUseAndTouchesNoDatabase) {
  const TemporaryFolder folder;
  ServiceProcess first(folder.path());
  const std::string port = "--service.port=" + std::to_string(first.port());
  const TemporaryFolder second;
  expect_no_start(second, {port}, {"service.port", std::to_string(first.port()), "in use"});
  EXPECT_FALSE(std::filesystem::exists(second / "bets.db"));
}

TEST(ServiceProcess, DoesNotStartWithAConfigurationItCannotUse) {
  const TemporaryFolder folder;
  const auto with = [&](const std::string& content) {
    return std::vector{"--config=" + folder.write("c.properties", content).string()};
  };
  expect_no_start(folder, {"--config=" + (folder / "missing").string()},
                  {"missing", "can't be read", "No such file"});
  expect_no_start(folder, {"--config=" + folder.path().string()}, {"can't be read"});
  expect_no_start(folder, with("# fine\nservice.prot = 1\n"), {"c.properties, line 2", "prot"});
  expect_no_start(folder, with("service.port = 1\nservice.po"), {"c.properties, line 2", "po"});
  expect_no_start(folder, with("service.backlog =\n"), {"service.backlog", "''"});
  expect_no_start(folder, with("service.backlog = 0\n"), {"service.backlog", "'0'", "1 to"});
  expect_no_start(folder, with("lottery.agencies = 1,1\n"), {"lottery.agencies", "'1,1'"});
  expect_no_start(folder, with("\nservice.backlog = 0\n"), {"(the value is from ", "line 2)"});
  expect_no_start(folder, {"--service.port=0"}, {"service.port", "any", "none", "command line"});
  expect_no_start(folder, {"--service.port=any", "--service.single_bet_port=1x"},
                  {"service.single_bet_port", "'1x'"});
  expect_no_start(folder, {"--config="}, {"--config", "not the path of a file"});
  expect_no_start(folder, {"--verify", "--storage.path=~/bets.db"}, {"storage.path", "~", "shell"});
  expect_no_start(folder, {"--backup=~/bets.db"}, {"--backup", "~", "shell"});
  expect_no_start(folder, {"--restore=~/bets.db"}, {"--restore", "~", "shell"});
  expect_no_start(folder, {"--service.max_connections=none"}, {"service.max_connections", "none"});
  expect_no_start(folder, {"--lottery.winning_number=2147483648"}, {"lottery.winning_number"});
  expect_no_start(folder, {"--service.speed=9"}, {"service.speed"});
  EXPECT_FALSE(std::filesystem::exists(folder / "bets.db"));
}

TEST(ServiceProcess, DoesNotStartOnADatabaseThatAnotherInstanceHas) {
  const TemporaryFolder folder;
  ServiceProcess first(folder.path());
  Peer peer(first.port());
  EXPECT_EQ(peer.ask("1:4:" + bet + "\r\n"), ack);
  const TemporaryFolder log;
  expect_no_start(log, {"--storage.path=" + (folder / "bets.db").string()},
                  {(folder / "bets.db").string(), "is locked by another lottery_service"});
  EXPECT_EQ(peer.ask("1:4:" + bet + "\r\n"), ack);
}

TEST(ServiceProcess, DoesNotStartOnAFileThatIsNoDatabase) {
  const TemporaryFolder folder;
  folder.write("bets.db", "this is not a database, and never was one, whatever its name says");
  expect_no_start(folder, {}, {(folder / "bets.db").string(), "is not a database"});
}

TEST(ServiceProcess, ShowsItsHelpAndItsVersionAndStartsNothing) {
  const TemporaryFolder folder;
  Process help(LOTTERY_SERVICE_PROGRAM, {"--help"}, folder / "help");
  EXPECT_EQ(help.wait(), 0);
  for (const std::string key : {"--config", "--service.port", "--lottery.agencies"}) {
    EXPECT_NE(help.output().find(key), std::string::npos);
  }
  Process version(LOTTERY_SERVICE_PROGRAM, {"--version"}, folder / "version");
  EXPECT_EQ(version.wait(), 0);
  EXPECT_TRUE(version.output().starts_with("lottery_service "));
}

TEST(ServiceProcess, GoesOnWhereItWasKilled) {
  const TemporaryFolder folder;
  const std::vector<std::string> arguments{"--lottery.agencies=2"};
  {
    ServiceProcess service(folder.path(), arguments);
    Peer peer(service.port());
    EXPECT_EQ(peer.ask("1:4:" + bet + bet + "\r\n"), ack);
    EXPECT_EQ(peer.ask("1:5\r\n"), ack);
    service.signal(SIGKILL);
    EXPECT_EQ(service.wait(), -SIGKILL);
  }
  {
    ServiceProcess service(folder.path(), arguments);
    Peer peer(service.port());
    EXPECT_TRUE(peer.ask("1:4:" + bet + "\r\n").starts_with("server:1:"));
    EXPECT_EQ(peer.ask("1:6\r\n"), "server:2\r\n");
    EXPECT_EQ(peer.ask("2:5\r\n"), ack);
    service.signal(SIGKILL);
    EXPECT_EQ(service.wait(), -SIGKILL);
  }
  ServiceProcess service(folder.path(), arguments);
  Peer peer(service.port());
  EXPECT_EQ(peer.ask("1:6\r\n"), "server:3:1," + bet + "1," + bet + "\r\n");
}

TEST(ServiceProcess, KeepsTheAgenciesOfADrawWhateverTheConfigurationSaysLater) {
  const TemporaryFolder folder;
  {
    ServiceProcess service(folder.path(), {"--lottery.agencies=1,2"});
    EXPECT_EQ(Peer(service.port()).ask("1:4:" + bet + "\r\n"), ack);
    EXPECT_EQ(service.stop(), 0);
  }
  ServiceProcess service(folder.path(), {"--lottery.agencies=3"});
  Peer peer(service.port());
  EXPECT_EQ(peer.ask("3:5\r\n"), "server:1:the draw has no agency 3\r\n");
  EXPECT_EQ(peer.ask("1:5\r\n"), ack);
  EXPECT_EQ(peer.ask("2:5\r\n"), ack);
  EXPECT_EQ(peer.ask("3:5\r\n"), ack);  // the next draw
}

TEST(ServiceProcess, AnswersErrorWhileNothingCanBeWrittenAndGoesOnAfterwards) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path());
  Peer peer(service.port());
  EXPECT_EQ(peer.ask("1:4:" + bet + "\r\n"), ack);

  // This has the effect of a full disk: no file can grow.
  const rlimit no_growth{.rlim_cur = 16384, .rlim_max = RLIM_INFINITY};
  ASSERT_EQ(::prlimit(service.id(), RLIMIT_FSIZE, &no_growth, nullptr), 0);
  std::string batch = "1:4:";
  for (int i = 0; i < 1000; ++i) batch += bet;
  EXPECT_TRUE(
      peer.ask(batch + "\r\n").starts_with("server:1:busy: the database can't take it now"));

  const rlimit growth{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  ASSERT_EQ(::prlimit(service.id(), RLIMIT_FSIZE, &growth, nullptr), 0);
  EXPECT_EQ(peer.ask("1:4:" + bet + bet + "\r\n"), ack);
  EXPECT_EQ(service.stop(), 0);
  SQLite::Database database((folder / "bets.db").string());
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM bets").getInt(), 3);
}

TEST(ServiceProcess, AnswersNothingAfterAFailedSyncAndStops) {
  const TemporaryFolder folder;
  const std::string trigger = (folder / "fail").string();
  ServiceProcess service(folder.path(), {},
                         {{"LD_PRELOAD", FAILING_SYNC_LIBRARY},
                          {"FAIL_SYNC_WHERE_EXISTS", trigger},
                          {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
  Peer peer(service.port());
  Peer other(service.port());
  EXPECT_EQ(peer.ask("1:4:" + bet + "\r\n"), ack);
  EXPECT_EQ(other.ask("2:6\r\n"), "server:2\r\n");

  folder.write("fail", "");
  peer.send("1:4:" + bet + "\r\n1:" + bet + "\r\n1:4:bad\r\n");
  EXPECT_EQ(peer.receive_all(), "");
  EXPECT_EQ(other.receive_all(), "");
  EXPECT_EQ(service.wait(), 1);
  EXPECT_NE(service.errors().find("has failed"), std::string::npos) << service.errors();
  EXPECT_EQ(count_of(service.output(), "result: success | agencia: 1 | cantidad: 1\n"), 1)
      << "of the batch that was synced, and of no other: " << service.output();
}

// What was copied from the WAL may not be on the disk, and a later sync need not report that. So
// the WAL must stay as it is.
TEST(ServiceProcess, StopsIfTheDatabaseCanNotBeSyncedAfterACopyOfTheWal) {
  const TemporaryFolder folder;
  const std::string trigger = (folder / "fail").string();
  ServiceProcess service(folder.path(), {"--service.max_message_bytes=1048576"},
                         {{"LD_PRELOAD", FAILING_SYNC_LIBRARY},
                          {"FAIL_SYNC_WHERE_EXISTS", trigger},
                          {"FAIL_SYNC_OF", "/bets.db"},
                          {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
  Peer peer(service.port());
  folder.write("fail", "");
  // More pages than the WAL has when a copy of it begins.
  constexpr int bets = 20'000;
  std::string message = "1:4:";
  for (int i = 0; i < bets; ++i) message += bet;
  EXPECT_EQ(peer.ask(message + "\r\n"), ack);
  EXPECT_EQ(peer.receive_all(), "");
  EXPECT_EQ(service.wait(), 1);
  EXPECT_NE(service.errors().find("has failed"), std::string::npos) << service.errors();
  SQLite::Database database((folder / "bets.db").string());
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM bets").getInt(), bets);
}

TEST(ServiceProcess, TellsAConnectionThatGetsNoThreadAndServesAgainOnceThereAreThreads) {
  const TemporaryFolder folder;
  const std::string trigger = (folder / "no_threads").string();
  ServiceProcess service(folder.path(), {},
                         {{"LD_PRELOAD", NO_MORE_THREADS_LIBRARY},
                          {"NO_MORE_THREADS_WHERE_EXISTS", trigger},
                          {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
  Peer served(service.port());
  EXPECT_EQ(served.ask("1:6\r\n"), "server:2\r\n");

  folder.write("no_threads", "");
  const std::string busy =
      "server:1:busy: the service can't start a thread for this connection\r\n";
  Peer first(service.port());
  Peer second(service.port());
  EXPECT_EQ(first.receive_all(), busy);
  EXPECT_EQ(second.receive_all(), busy);
  EXPECT_EQ(served.ask("1:6\r\n"), "server:2\r\n");
  // The first connection makes the service find out that threads can be started again. The next one
  // is answered at once.
  Peer trying(service.port());
  EXPECT_EQ(Peer(service.port()).receive_all(), busy);
  EXPECT_EQ(trying.receive_all(), busy);

  std::filesystem::remove(trigger);
  Peer again(service.port());
  EXPECT_EQ(again.ask("1:6\r\n"), "server:2\r\n");
  EXPECT_EQ(Peer(service.port()).ask("1:6\r\n"), "server:2\r\n");
  EXPECT_EQ(service.stop(), 0);
  EXPECT_NE(service.output().find("action: accept_connection | result: fail | connections: "),
            std::string::npos);
}

}  // namespace
}  // namespace lottery::test
