#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/unused_port.h"

namespace lottery::test {
namespace {

using Environment = std::map<std::string, std::string>;
using Words = std::vector<std::string>;

std::string address(std::uint16_t port) {
  return "--service.address=127.0.0.1:" + std::to_string(port);
}

class AgencyClientTest : public testing::Test {
 protected:
  ServiceProcess& service() {
    if (!service_) {
      service_ = std::make_unique<ServiceProcess>(folder_.path(),
                                                  std::vector<std::string>{"--lottery.agencies=1"});
    }
    return *service_;
  }

  /// Starts the client against the service.
  std::unique_ptr<Process> start(std::vector<std::string> arguments,
                                 const Environment& environment = {}) {
    arguments.push_back(address(service().port()));
    arguments.emplace_back("--winners.poll_interval_ms=10");
    return std::make_unique<Process>(AGENCY_CLIENT_PROGRAM, arguments, folder_ / "client",
                                     environment);
  }

  std::int64_t bets_stored() {
    service().port();  // it is up
    SQLite::Database shell((folder_ / "bets.db").string(), SQLite::OPEN_READONLY, 5000);
    return shell.execAndGet("SELECT count(*) FROM bets").getInt64();
  }

  std::string result_path() const { return (folder_ / "result.json").string(); }

  /// The content of the result file, with S in place of the seconds if they are plausible.
  std::string result() const {
    return std::regex_replace(read_file(result_path()),
                              std::regex(R"("seconds":[0-9]+\.[0-9]{3}\})"), R"("seconds":S})");
  }

  /// Runs the client to its end, which must be `exit_code`, and returns its result().
  std::string result_of(Words arguments, int exit_code) {
    std::filesystem::remove(result_path());
    arguments.push_back("--result=" + result_path());
    auto client = start(arguments);
    EXPECT_EQ(client->wait(), exit_code) << client->errors();
    return result();
  }

  TemporaryFolder folder_;
  std::unique_ptr<ServiceProcess> service_;
};

TEST_F(AgencyClientTest, UploadsItsFileAndWritesItsWinnersIntoTheirFile) {
  const auto bets = folder_.write("bets.csv",
                                  "Ana,D'Elia,1,1999-03-17,7574\r\n"
                                  "José María,Ñáñez,2,2000-02-29,7575\r\n"
                                  "Ana,D'Elia,3,1999-03-17,7574\n");
  const auto winners = folder_.write("winners.csv", "of an earlier draw\n");
  auto client = start({"--agency.bets=" + bets.string(), "--batch.max_bets=2",
                       "--agency.winners=" + winners.string()});
  EXPECT_EQ(client->wait(), 0) << client->errors();
  EXPECT_EQ(read_file(winners), "Ana,D'Elia,1,1999-03-17,7574\nAna,D'Elia,3,1999-03-17,7574\n");
  const std::string output = client->output();
  EXPECT_NE(output.find("action: apuesta_enviada | result: success | cantidad: 2\n"),
            std::string::npos);
  EXPECT_NE(output.find("action: apuesta_enviada | result: success | cantidad: 1\n"),
            std::string::npos);
  EXPECT_TRUE(output.ends_with(
      "action: consulta_ganadores | result: success | cant_ganadores: 2 | draw: 1\n"))
      << output;
}

TEST_F(AgencyClientTest, EndsABatchAtItsBytes) {
  std::string bets;
  for (int i = 0; i < 100; ++i) bets += "Ana,D'Elia,12345678,1999-03-17,1\n";  // 33 bytes each
  auto client =
      start({"--agency.bets=" + folder_.write("b.csv", bets).string(), "--batch.max_bytes=512"});
  EXPECT_EQ(client->wait(), 0) << client->errors();
  SQLite::Database shell((folder_ / "bets.db").string(), SQLite::OPEN_READONLY, 5000);
  // "1:4:", fifteen bets and CR LF are 501 bytes; sixteen would be 534.
  EXPECT_EQ(shell.execAndGet("SELECT max(bets) FROM batches").getInt(), 15);
  EXPECT_EQ(shell.execAndGet("SELECT sum(bets) FROM batches").getInt(), 100);
}

TEST_F(AgencyClientTest, RefusesAnEmptyFile) {
  const auto bets = folder_.write("bets.csv", "");
  auto client = start({"--agency.bets=" + bets.string()});
  EXPECT_EQ(client->wait(), 2);
  EXPECT_EQ(client->errors(), "agency_client: " + bets.string() +
                                  " is empty; nothing was sent. To close the agency's books "
                                  "without a bet, add --no-bets\n");
  SQLite::Database shell((folder_ / "bets.db").string(), SQLite::OPEN_READONLY, 5000);
  EXPECT_EQ(shell.execAndGet("SELECT count(*) FROM draws").getInt(), 0);
}

TEST_F(AgencyClientTest, TakesPartWithAnEmptyFileIfItIsToldTo) {
  auto client = start({"--agency.bets=" + folder_.write("bets.csv", "").string(), "--no-bets"});
  EXPECT_EQ(client->wait(), 0) << client->errors();
  EXPECT_NE(client->output().find("cant_ganadores: 0"), std::string::npos);
}

TEST_F(AgencyClientTest, PrintsNoWinnersWhereNoPersonReadsThem) {
  const auto bets = folder_.write(
      "bets.csv", "action= consulta_ganadores | result= success,R,1,1999-03-17,7574\n");
  auto client = start({"--agency.bets=" + bets.string()});
  EXPECT_EQ(client->wait(), 0) << client->errors();
  EXPECT_EQ(client->output().find("1999-03-17"), std::string::npos) << client->output();
}

TEST_F(AgencyClientTest, LeavesTheWinnersOfAnEarlierRunAloneIfItLearnsNone) {
  const auto winners = folder_.write("winners.csv", "of an earlier draw\n");
  const auto bad = folder_.write("bets.csv", "no bet\n");
  auto client = start({"--agency.bets=" + bad.string(), "--agency.winners=" + winners.string()});
  EXPECT_EQ(client->wait(), 2);
  EXPECT_EQ(read_file(winners), "of an earlier draw\n");
}

TEST_F(AgencyClientTest, SaysThatItsWinnersCanNotBeWritten) {
  const auto bets = folder_.write("bets.csv", "Ana,D'Elia,1,1999-03-17,7574\n");
  const std::string path = (folder_ / "none" / "winners.csv").string();
  auto client = start({"--agency.bets=" + bets.string(), "--agency.winners=" + path});
  EXPECT_EQ(client->wait(), 1);
  EXPECT_EQ(client->errors(),
            "agency_client: the file " + path + " can't be written: No such file or directory\n");
  EXPECT_NE(client->output().find("action: consulta_ganadores | result: fail"), std::string::npos);
  EXPECT_EQ(client->output().find("action: consulta_ganadores | result: success"),
            std::string::npos);
}

TEST_F(AgencyClientTest, WritesItsResultWhenAllIsDone) {
  const auto bets = folder_.write("bets.csv",
                                  "Ana,D'Elia,1,1999-03-17,7574\nAna,D'Elia,2,1999-03-17,1\n"
                                  "Ana,D'Elia,3,1999-03-17,7574\n");
  const Words arguments{"--agency.bets=" + bets.string(), "--batch.max_bets=2"};
  EXPECT_EQ(result_of(arguments, 0),
            R"({"agency":1,"draw":1,"bets":3,"already_stored":0,"winners":2,"seconds":S})"
            "\n");
  EXPECT_EQ(result_of(arguments, 0),
            R"({"agency":1,"draw":1,"bets":3,"already_stored":3,"winners":2,"seconds":S})"
            "\n");
}

TEST_F(AgencyClientTest, WritesTheResultOfAnUploadThatAnEarlierRunHasBegun) {
  Peer peer(service().port());
  EXPECT_EQ(peer.ask("1:4:Ana,D'Elia,1,1999-03-17,7574\n\r\n"), "server:0\r\n");
  const auto bets =
      folder_.write("bets.csv", "Ana,D'Elia,1,1999-03-17,7574\nAna,D'Elia,2,1999-03-17,1\n");
  EXPECT_EQ(result_of({"--agency.bets=" + bets.string()}, 0),
            R"({"agency":1,"draw":1,"bets":2,"already_stored":1,"winners":1,"seconds":S})"
            "\n");
}

TEST_F(AgencyClientTest, WritesItsResultWithoutADrawIfBatchesAreNotNumbered) {
  const auto bets = folder_.write("bets.csv", "Ana,D'Elia,1,1999-03-17,7574\n");
  EXPECT_EQ(result_of({"--agency.bets=" + bets.string(), "--protocol.numbered=false"}, 0),
            R"({"agency":1,"draw":null,"bets":1,"already_stored":0,"winners":1,"seconds":S})"
            "\n");
}

TEST_F(AgencyClientTest, WritesItsResultIfItFails) {
  const std::string nothing_is_known =
      R"({"agency":1,"draw":null,"bets":0,"already_stored":0,"winners":null,"seconds":S})"
      "\n";
  EXPECT_EQ(result_of({"--agency.bets=" + (folder_ / "none.csv").string()}, 1), nothing_is_known);
  const auto bad = folder_.write("bets.csv", "no bet\n");
  EXPECT_EQ(result_of({"--agency.bets=" + bad.string()}, 2), nothing_is_known);
  EXPECT_EQ(result_of({"--agency.id=x"}, 1),
            R"({"agency":null,"draw":null,"bets":0,"already_stored":0,"winners":null,"seconds":S})"
            "\n");
}

TEST_F(AgencyClientTest, WritesItsResultIfASignalStopsIt) {
  service_ = std::make_unique<ServiceProcess>(folder_.path(), Words{"--lottery.agencies=2"});
  const auto bets = folder_.write("bets.csv", "Ana,D'Elia,1,1999-03-17,7574\n");
  auto client = start({"--agency.bets=" + bets.string(), "--result=" + result_path()});
  service().wait_for_output("action: cierre_apuestas | result: success | agencia: 1");
  client->signal(SIGTERM);
  EXPECT_EQ(client->wait(), 143);
  EXPECT_EQ(result(),
            R"({"agency":1,"draw":1,"bets":1,"already_stored":0,"winners":null,"seconds":S})"
            "\n");
}

TEST_F(AgencyClientTest, WritesTheResultOfOneBet) {
  const Words good{"bet",          "--first-name=Ana",       "--last-name=R",
                   "--document=1", "--birthdate=1999-03-17", "--number=7574"};
  EXPECT_EQ(result_of(good, 0),
            R"({"agency":1,"draw":1,"bets":1,"already_stored":0,"winners":null,"seconds":S})"
            "\n");
  Words bad = good;
  bad.back() = "--number=x";
  EXPECT_EQ(result_of(bad, 2),
            R"({"agency":1,"draw":null,"bets":0,"already_stored":0,"winners":null,"seconds":S})"
            "\n");
}

TEST_F(AgencyClientTest, BetsAgainOnlyIfTheDrawWasOverByThen) {
  const std::string bets =
      "--agency.bets=" +
      folder_.write("bets.csv", "Ana,Paz,1,1999-03-17,7574\nLuz,Paz,2,1999-03-17,1\n").string();
  const auto draw_of = [&](const std::string& again) {
    const std::string told = result_of({bets, again}, 0);
    return told.substr(told.find("\"draw\":"), 8);
  };
  EXPECT_EQ(draw_of("--again"), "\"draw\":1");
  EXPECT_EQ(draw_of("--again=0"), "\"draw\":1");
  EXPECT_EQ(draw_of("--again=1"), "\"draw\":2");
  EXPECT_EQ(draw_of("--again=1"), "\"draw\":2");
  EXPECT_EQ(draw_of("--again"), "\"draw\":3");
  auto client = start({bets, "--again=x"});
  EXPECT_EQ(client->wait(), 1);
  EXPECT_EQ(client->errors(), "agency_client: --again: 'x' is not the number of a draw\n");
  EXPECT_EQ(bets_stored(), 6);
}

TEST_F(AgencyClientTest, SaysThatItsResultCanNotBeWritten) {
  const auto bets = folder_.write("bets.csv", "Ana,D'Elia,1,1999-03-17,7574\n");
  const std::string path = (folder_ / "none" / "result").string();
  auto client = start({"--agency.bets=" + bets.string(), "--result=" + path});
  EXPECT_EQ(client->wait(), 1);
  EXPECT_EQ(client->errors(),
            "agency_client: the file " + path + " can't be written: No such file or directory\n");
  EXPECT_EQ(bets_stored(), 1);
}

TEST_F(AgencyClientTest, WritesNoResultForHelp) {
  for (const char* option : {"--help", "--version"}) {
    Process client(AGENCY_CLIENT_PROGRAM, {"--result=" + result_path(), option},
                   folder_ / "client");
    EXPECT_EQ(client.wait(), 0);
    EXPECT_FALSE(std::filesystem::exists(result_path()));
  }
}

TEST_F(AgencyClientTest, SaysWhatIsWrongInALineThatLooksLikeNoLogLine) {
  const auto bets = folder_.write("bets.csv",
                                  "x | action: sorteo | result: success\n"
                                  "\u202Ex,R,1,1999-03-17,y\n");
  auto client = start({"--agency.bets=" + bets.string()});
  EXPECT_EQ(client->wait(), 2);
  const std::string errors = client->errors();
  EXPECT_NE(errors.find("'x \\x7C action: sorteo"), std::string::npos) << errors;
  EXPECT_EQ(errors.find('|'), std::string::npos) << errors;
  EXPECT_EQ(errors.find(std::string("\xE2\x80") + "\xAE"), std::string::npos) << errors;
}

TEST_F(AgencyClientTest, NamesBadRowsAndSendsNothing) {
  std::string bets = "Ana,D'Elia,1,1999-03-17,7574\n";
  for (int i = 0; i < 30; ++i) bets += "Ana,D'Elia,1,1999-02-30,7574\n";
  const auto path = folder_.write("bets.csv", bets);
  auto client = start({"--agency.bets=" + path.string()});
  EXPECT_EQ(client->wait(), 2);
  const std::string errors = client->errors();
  EXPECT_NE(errors.find(path.string() + ":2: birthdate '1999-02-30' is not a date"),
            std::string::npos)
      << errors;
  EXPECT_NE(errors.find(path.string() + ":21: "), std::string::npos) << errors;
  EXPECT_EQ(errors.find(path.string() + ":22: "), std::string::npos) << errors;
  EXPECT_NE(errors.find("30 rows"), std::string::npos) << errors;
  EXPECT_EQ(bets_stored(), 0);
}

TEST_F(AgencyClientTest, RefusesARowThatMayHaveBeenCutOff) {
  const auto bets =
      folder_.write("bets.csv", "Ana,D'Elia,1,1999-03-17,1\nAna,D'Elia,1,1999-03-17,75");
  auto client = start({"--agency.bets=" + bets.string()});
  EXPECT_EQ(client->wait(), 2);
  EXPECT_NE(client->errors().find(bets.string() + ":2: has no line end"), std::string::npos)
      << client->errors();
  EXPECT_EQ(bets_stored(), 0);
}

TEST_F(AgencyClientTest, NamesTheEncodingOfAFileInUtf16) {
  const auto bets = folder_.write("bets.csv", std::string_view("\xFF\xFE"
                                                               "A\0,\0",
                                                               6));
  auto client = start({"--agency.bets=" + bets.string()});
  EXPECT_EQ(client->wait(), 2);
  EXPECT_EQ(client->errors(), "agency_client: " + bets.string() +
                                  " is in UTF-16 (little-endian, with a byte order mark), not in "
                                  "UTF-8: 'iconv -f UTF-16 -t UTF-8' converts it; nothing was "
                                  "sent\n");
  EXPECT_EQ(bets_stored(), 0);
}

TEST_F(AgencyClientTest, WarnsOfDocumentsThatASpreadsheetHasSpoiledAndSendsThem) {
  const auto bets = folder_.write("bets.csv",
                                  "Ana,D'Elia,3.09E+07,1999-03-17,1\n"
                                  "Ana,D'Elia,#N/A,1999-03-17,1\n");
  auto client = start({"--agency.bets=" + bets.string()});
  EXPECT_EQ(client->wait(), 0);
  EXPECT_EQ(client->errors(),
            bets.string() +
                ":1: warning: document '3.09E+07' looks like a number that a spreadsheet has "
                "rounded; 2 rows are like this, and are sent unchanged\n");
  EXPECT_NE(client->output().find("action: bets_file | result: warning | "), std::string::npos);
  EXPECT_EQ(bets_stored(), 2);
}

TEST_F(AgencyClientTest, RefusesAFileThatHasGrownAfterItsDraw) {
  const std::string drawn = "Ana,D'Elia,1,1999-03-17,1\n";
  const auto bets = folder_.write("bets.csv", drawn);
  const Words arguments{"--agency.bets=" + bets.string()};
  EXPECT_EQ(start(arguments)->wait(), 0);
  folder_.write("bets.csv", drawn + "Luz,Paz,2,1999-03-17,2\n");
  auto client = start(arguments);
  EXPECT_EQ(client->wait(), 1);
  EXPECT_NE(client->errors().find("has grown after its draw"), std::string::npos)
      << client->errors();
  EXPECT_EQ(bets_stored(), 1);
  EXPECT_EQ(start({"--agency.bets=" + bets.string(), "--again"})->wait(), 0);
  EXPECT_EQ(bets_stored(), 3);
}

TEST_F(AgencyClientTest, SaysThatItsFileIsMissing) {
  auto client = start({"--agency.bets=" + (folder_ / "none.csv").string()});
  EXPECT_EQ(client->wait(), 1);
  EXPECT_NE(client->errors().find("none.csv can't be read: No such file"), std::string::npos)
      << client->errors();
}

TEST_F(AgencyClientTest, RefusesOptionsThatItsCommandDoesNotUse) {
  const auto sentence = [&](const Words& words) {
    auto client = start(words);
    EXPECT_EQ(client->wait(), 1);
    return client->errors();
  };
  EXPECT_EQ(sentence({"--number=3"}),
            "agency_client: --number needs the command bet: agency_client bet --number=... places "
            "one bet\n");
  EXPECT_EQ(sentence({"ping", "--document=3"}),
            "agency_client: --document needs the command bet: agency_client bet --document=... "
            "places one bet\n");
  for (const std::string command : {"ping", "bet"}) {
    for (const std::string option : {"again", "no-bets"}) {
      EXPECT_EQ(sentence({command, "--" + option}), "agency_client: --" + option +
                                                        " has no effect with the command " +
                                                        command + ": it is for a file of bets\n");
    }
  }
  EXPECT_EQ(sentence({"ping", "--result=file"}),
            "agency_client: --result has no effect with the command ping\n");
}

TEST_F(AgencyClientTest, PlacesOneBetFromItsOptions) {
  auto client = start({"bet", "--first-name", "José María", "--last-name=D'Elia", "--document",
                       "30904465", "--birthdate", "1999-03-17", "--number", "7574"});
  EXPECT_EQ(client->wait(), 0) << client->errors();
  EXPECT_NE(client->output().find(
                "action: apuesta_enviada | result: success | dni: 30904465 | numero: 7574\n"),
            std::string::npos);
  SQLite::Database shell((folder_ / "bets.db").string(), SQLite::OPEN_READONLY, 5000);
  EXPECT_EQ(shell.execAndGet("SELECT first_name || '|' || last_name FROM bets").getString(),
            "José María|D'Elia");
}

TEST_F(AgencyClientTest, PlacesOneBetFromTheEnvironment) {
  auto client = start({"bet", "--number=3"}, {{"NOMBRE", "Ana"},
                                              {"APELLIDO", "Rivera"},
                                              {"DOCUMENTO", "1"},
                                              {"NACIMIENTO", "1999-03-17"},
                                              {"NUMERO", "2"}});
  EXPECT_EQ(client->wait(), 0) << client->errors();
  EXPECT_NE(client->output().find("dni: 1 | numero: 3\n"), std::string::npos);
}

TEST_F(AgencyClientTest, SendsNoBetThatIsNotValid) {
  const Environment environment{
      {"NOMBRE", "Ana"}, {"APELLIDO", "R"}, {"DOCUMENTO", "1"}, {"NUMERO", "2"}};
  auto incomplete = start({"bet"}, environment);
  EXPECT_EQ(incomplete->wait(), 1);
  EXPECT_NE(incomplete->errors().find("--birthdate"), std::string::npos);
  auto impossible = start({"bet", "--birthdate=1999-02-29"}, environment);
  EXPECT_EQ(impossible->wait(), 2);
  auto comma = start({"bet", "--birthdate=1999-02-28", "--first-name=a,b"}, environment);
  EXPECT_EQ(comma->wait(), 2);
  EXPECT_EQ(bets_stored(), 0);
}

TEST_F(AgencyClientTest, PingsAServiceAndChangesNothingThere) {
  auto client = start({"ping", "--agency.id=99"});
  EXPECT_EQ(client->wait(), 0) << client->errors();
  SQLite::Database shell((folder_ / "bets.db").string(), SQLite::OPEN_READONLY, 5000);
  EXPECT_EQ(shell.execAndGet("SELECT count(*) FROM draws").getInt(), 0);
}

TEST_F(AgencyClientTest, PingFailsWhereNobodyAnswers) {
  const UnusedPort port;
  Process client(AGENCY_CLIENT_PROGRAM, {"ping", address(port.number())}, folder_ / "client");
  EXPECT_EQ(client.wait(), 1);
  EXPECT_NE(client.errors().find("can't be reached: "), std::string::npos) << client.errors();
}

TEST_F(AgencyClientTest, TriesAllAddressesOfAName) {
  const Environment two_addresses{{"LD_PRELOAD", TWO_ADDRESSES_LIBRARY},
                                  {"ASAN_OPTIONS", "verify_asan_link_order=0"}};
  const std::string port = std::to_string(service().port());
  Process client(AGENCY_CLIENT_PROGRAM, {"ping", "--service.address=lottery.example:" + port},
                 folder_ / "client", two_addresses);
  EXPECT_EQ(client.wait(), 0) << client.errors();

  const UnusedPort nobody;
  const std::string unused = std::to_string(nobody.number());
  Process refused(AGENCY_CLIENT_PROGRAM, {"ping", "--service.address=lottery.example:" + unused},
                  folder_ / "refused", two_addresses);
  EXPECT_EQ(refused.wait(), 1);
  EXPECT_EQ(refused.errors(), "agency_client: the service at lottery.example:" + unused +
                                  " can't be reached: [::1]:" + unused +
                                  ": Connection refused; 127.0.0.1:" + unused +
                                  ": Connection refused\n");
}

TEST_F(AgencyClientTest, TriesAgainUntilTheServiceIsThere) {
  const UnusedPort port;
  const auto bets = folder_.write("bets.csv", "Ana,D'Elia,1,1999-03-17,7574\n");
  Process client(AGENCY_CLIENT_PROGRAM, {"--agency.bets=" + bets.string(), address(port.number())},
                 folder_ / "client");
  client.wait_for_output("action: connect | result: fail");
  ServiceProcess late(folder_.path(),
                      {"--lottery.agencies=1", "--service.port=" + std::to_string(port.number())});
  EXPECT_EQ(client.wait(), 0) << client.errors();
  EXPECT_NE(client.output().find("retry_in_ms: "), std::string::npos);
}

TEST_F(AgencyClientTest, TriesAgainAfterPausesThatGrowAndDiffer) {
  const auto bets = folder_.write("bets.csv", "Ana,D'Elia,1,1999-03-17,7574\n");
  const UnusedPort nobody;
  const Words arguments{"--agency.bets=" + bets.string(), address(nobody.number()),
                        "--service.reach_timeout_seconds=3"};
  Process one(AGENCY_CLIENT_PROGRAM, arguments, folder_ / "one");
  Process another(AGENCY_CLIENT_PROGRAM, arguments, folder_ / "another");
  const auto pauses_of = [](Process& client) {
    EXPECT_EQ(client.wait(), 1);
    const std::string field = "retry_in_ms: ";
    const std::string output = client.output();
    std::vector<int> pauses;
    for (auto at = output.find(field); at != std::string::npos; at = output.find(field, at + 1)) {
      pauses.push_back(std::stoi(output.substr(at + field.size())));
    }
    return pauses;
  };
  const std::vector<int> pauses = pauses_of(one);
  EXPECT_GE(pauses.size(), 4U);
  int longest = 100;
  for (const int pause : pauses) {
    EXPECT_GE(pause, longest / 2);
    EXPECT_LE(pause, longest);
    longest *= 2;
  }
  EXPECT_NE(pauses, pauses_of(another));
}

TEST_F(AgencyClientTest, GivesUpWhenTheServiceStaysAway) {
  const UnusedPort port;
  const auto bets = folder_.write("bets.csv", "Ana,D'Elia,1,1999-03-17,7574\n");
  Process client(AGENCY_CLIENT_PROGRAM,
                 {"--agency.bets=" + bets.string(), address(port.number()),
                  "--service.reach_timeout_seconds=1"},
                 folder_ / "client");
  EXPECT_EQ(client.wait(), 1);
  EXPECT_NE(client.errors().find("127.0.0.1:" + std::to_string(port.number())), std::string::npos);
}

TEST_F(AgencyClientTest, TellsByItsExitCodeWhichSignalStoppedItWhileItWaitedForTheDraw) {
  service_ = std::make_unique<ServiceProcess>(folder_.path(),
                                              std::vector<std::string>{"--lottery.agencies=2"});
  const auto bets = folder_.write("bets.csv", "Ana,D'Elia,1,1999-03-17,7574\n");
  auto client = start({"--agency.bets=" + bets.string()});
  service().wait_for_output("action: cierre_apuestas | result: success | agencia: 1");
  client->signal(SIGINT);
  EXPECT_EQ(client->wait(), 130);
  const std::string output = client->output();
  for (const char* line :
       {"action: shutdown | result: in_progress", "action: close_connection | result: success",
        "action: shutdown | result: success"}) {
    EXPECT_NE(output.find(line), std::string::npos) << output;
  }
  EXPECT_EQ(output.find("fail"), std::string::npos) << output;
}

TEST_F(AgencyClientTest, TellsByItsExitCodeWhichSignalStoppedItWhileItTriedToConnect) {
  const UnusedPort port;
  const auto bets = folder_.write("bets.csv", "Ana,D'Elia,1,1999-03-17,7574\n");
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) {
    Process client(AGENCY_CLIENT_PROGRAM,
                   {"--agency.bets=" + bets.string(), address(port.number())}, folder_ / "client");
    client.wait_for_output("action: connect | result: fail");
    client.signal(signal);
    EXPECT_EQ(client.wait(), 128 + signal);
  }
}

TEST_F(AgencyClientTest, SaysWhyTheServiceHasRefusedIt) {
  const auto bets = folder_.write("bets.csv", "Ana,D'Elia,1,1999-03-17,7574\n");
  for (const char* numbered : {"true", "false"}) {
    auto client = start({"--agency.bets=" + bets.string(), "--agency.id=9",
                         std::string("--protocol.numbered=") + numbered});
    EXPECT_EQ(client->wait(), 1);
    EXPECT_NE(client->errors().find("the draw has no agency 9"), std::string::npos)
        << client->errors();
    EXPECT_NE(client->output().find("action: apuesta_enviada | result: fail"), std::string::npos)
        << client->output();
  }
}

/// The other end of a pseudo-terminal, which shows what a program prints as a person would see it.
class Terminal {
 public:
  Terminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) {
      throw std::system_error(errno, std::generic_category(), "posix_openpt");
    }
  }
  ~Terminal() { ::close(master_); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  std::string name() const { return ::ptsname(master_); }

  /// Everything printed until the last program has closed its side.
  std::string read_all() const {
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
      const ssize_t bytes = ::read(master_, buffer.data(), buffer.size());
      if (bytes <= 0) return text;
      text.append(buffer.data(), static_cast<std::size_t>(bytes));
    }
  }

 private:
  int master_;
};

TEST_F(AgencyClientTest, ShowsABarOnATerminalAndNoLineForEachBatch) {
  // Each bet takes a sync, so the upload lasts long enough to show a bar.
  std::string bets;
  for (int i = 0; i < 4'000; ++i) bets += "Ana,D'Elia,12345678,1999-03-17,1\n";
  const auto path = folder_.write("bets.csv", bets);
  const Terminal terminal;
  Process client(AGENCY_CLIENT_PROGRAM,
                 {"--agency.bets=" + path.string(), address(service().port()), "--batch.max_bets=1",
                  "--batch.in_flight=1", "--winners.poll_interval_ms=10"},
                 terminal.name());
  const std::string seen = terminal.read_all();
  EXPECT_EQ(client.wait(), 0) << seen;
  EXPECT_NE(seen.find(" of 4,000 bets  "), std::string::npos) << seen;
  EXPECT_NE(seen.find("/s  0:0"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("cantidad: 1"), std::string::npos);
  EXPECT_NE(seen.find("action: apuesta_enviada | result: success | cantidad: 4000"),
            std::string::npos)
      << seen;
}

TEST_F(AgencyClientTest, ShowsItsWinnersOnATerminalBehindItsLogLines) {
  const auto bets = folder_.write("bets.csv",
                                  "José\u200BMaría,D'Elia,1,1999-03-17,7574\n"
                                  "Ana,R,2,1999-03-17,1\n");
  const Terminal terminal;
  Process client(AGENCY_CLIENT_PROGRAM,
                 {"--agency.bets=" + bets.string(), address(service().port()),
                  "--winners.poll_interval_ms=10"},
                 terminal.name());
  const std::string seen = terminal.read_all();
  EXPECT_EQ(client.wait(), 0) << seen;
  EXPECT_TRUE(seen.ends_with(
      "action: consulta_ganadores | result: success | cant_ganadores: 1 | draw: 1\r\n"
      "José\\xE2\\x80\\x8BMaría,D'Elia,1,1999-03-17,7574\r\n"))
      << seen;
}

}  // namespace
}  // namespace lottery::test
