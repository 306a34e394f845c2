#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "protocol/bet.h"
#include "service/storage/sqlite/ledger_rows.h"
#include "service/storage/sqlite/verification.h"
#include "tests/support/bets.h"
#include "tests/support/certificates.h"
#include "tests/support/faulty_proxy.h"
#include "tests/support/held_line.h"
#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/seeds.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/unused_port.h"

namespace lottery::test {
namespace {

using Words = std::vector<std::string>;

constexpr std::int32_t winning_number = 7574;
const std::string bet = "Ana,D'Elia,30904465,1999-03-17,7574\n";
const std::string ack = "server:0\r\n";

/// The books of an agency in a draw, as lines.
std::string books_of(const std::filesystem::path& path, int draw, int agency) {
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE, 5000);
  SQLite::Statement rows(database, R"sql(
      SELECT first_name, last_name, document, birthdate, number
      FROM bets
      WHERE draw_id = ? AND agency_id = ?
      ORDER BY bet_id)sql");
  rows.bind(1, draw);
  rows.bind(2, agency);
  std::string lines;
  while (rows.executeStep()) append_bet(lines, bet_of(rows));
  return lines;
}

/// Expects that `--verify` finds nothing wrong.
void expect_right(const std::filesystem::path& path) {
  std::string said;
  EXPECT_TRUE(verify_database(path, [&](const std::string& line) { said += line + "\n"; })) << said;
}

/// A draw in a folder of its own. Its service can be killed and started again on the same port, and
/// so can its agencies.
class Faults : public testing::TestWithParam<unsigned> {
 protected:
  void start_service(const std::map<std::string, std::string>& environment = {}) {
    Words arguments{"--lottery.agencies=" + std::to_string(agencies_)};
    arguments.push_back("--service.port=" + std::to_string(port_));
    if (is_over_tls()) {
      arguments.insert(arguments.end(),
                       {"--service.tls.port=" + std::to_string(tls_port_),
                        "--service.tls.certificate=" + tls_files_.certificate.string(),
                        "--service.tls.key=" + tls_files_.key.string(),
                        "--service.tls.agencies_ca=" + tls_files_.trusted.string()});
    }
    service_ = std::make_unique<ServiceProcess>(folder_.path(), arguments, environment);
    if (is_over_tls()) {
      service_->tls_port();  // it listens
    } else {
      service_->port();
    }
  }

  /// From this seed on, clients use TLS.
  static constexpr unsigned first_seed_over_tls = 1001;

  static bool is_over_tls() { return GetParam() >= first_seed_over_tls; }

  static FaultyProxy::Unit proxy_unit() {
    return is_over_tls() ? FaultyProxy::Unit::tls_record : FaultyProxy::Unit::message;
  }

  /// The port for clients.
  std::uint16_t client_port() const { return is_over_tls() ? tls_port_ : port_; }

  /// Additional options for an agency's client.
  Words options_of(int agency) {
    if (!is_over_tls()) return {};
    auto [own, is_new] = certificates_.try_emplace(agency);
    if (is_new) {
      own->second = ca_.issue_to_agencies("agency-" + std::to_string(agency), {agency});
    }
    return {"--service.tls=true", "--service.tls.ca=" + ca_.certificate().string(),
            "--agency.certificate=" + own->second.certificate.string(),
            "--agency.key=" + own->second.key.string()};
  }

  void kill_service() {
    service_->signal(SIGKILL);
    EXPECT_EQ(service_->wait(), -SIGKILL);
  }

  std::unique_ptr<Process> start_agency(int agency, const std::filesystem::path& bets,
                                        std::uint16_t port, const Words& more = {},
                                        const std::string& log = "") {
    Words arguments{"--agency.id=" + std::to_string(agency),
                    "--agency.bets=" + bets.string(),
                    "--service.address=127.0.0.1:" + std::to_string(port),
                    "--batch.max_bets=10",
                    "--winners.poll_interval_ms=20",
                    "--agency.winners=" + winners_of(agency).string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Words tls = options_of(agency);
    arguments.insert(arguments.end(), tls.begin(), tls.end());
    return std::make_unique<Process>(
        AGENCY_CLIENT_PROGRAM, arguments,
        folder_ / (log.empty() ? "agency-" + std::to_string(agency) + ".log" : log));
  }

  /// Expects that the agency's books in draw 1 equal its file, and that its winners are those that
  /// awk finds.
  void expect_all_once(int agency, const std::filesystem::path& bets, const Process& client) {
    EXPECT_EQ(books_of(database_, 1, agency), read_file(bets));
    std::string winners;
    for (const std::string& row : rows_on(bets, winning_number, folder_.path())) {
      winners += row + "\n";
    }
    EXPECT_NE(client.output().find("cant_ganadores: " + std::to_string(std::count(
                                                            winners.begin(), winners.end(), '\n'))),
              std::string::npos)
        << client.output();
    EXPECT_EQ(read_file(winners_of(agency)), winners);
  }

  std::filesystem::path winners_of(int agency) const {
    return folder_ / ("winners-" + std::to_string(agency) + ".csv");
  }

  /// `spoil` makes the database unusable, and `mend` makes it usable again. An agency's client that
  /// was started in between must wait, then continue, and every bet must be stored once.
  template <typename Spoil, typename Mend>
  void expect_busy_and_taken_later(Spoil spoil, Mend mend) {
    const auto bets = sample_bets(folder_.path(), 1, 20'000);
    spoil();
    auto client = start_agency(1, bets, port_);
    client->wait_for_output(" is busy: the database can't take it now");
    mend();
    EXPECT_EQ(client->wait(), 0) << client->errors();
    expect_all_once(1, bets, *client);
    EXPECT_EQ(service_->stop(), 0);
    expect_right(database_);
  }

  /// Starts a client that places `bet`.
  std::unique_ptr<Process> start_bet(std::uint16_t port, const std::string& log,
                                     const Words& more = {}) {
    Words arguments{"bet",
                    "--first-name=Ana",
                    "--last-name=D'Elia",
                    "--document=30904465",
                    "--birthdate=1999-03-17",
                    "--number=7574",
                    "--service.address=127.0.0.1:" + std::to_string(port)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Words tls = options_of(1);
    arguments.insert(arguments.end(), tls.begin(), tls.end());
    return std::make_unique<Process>(AGENCY_CLIENT_PROGRAM, arguments, folder_ / log);
  }

  std::int64_t bets_stored() const {
    SQLite::Database database(database_.string(), SQLite::OPEN_READWRITE, 5000);
    return database.execAndGet("SELECT count(*) FROM bets").getInt64();
  }

  std::int64_t draws() const {
    SQLite::Database database(database_.string(), SQLite::OPEN_READWRITE, 5000);
    return database.execAndGet("SELECT count(*) FROM draws").getInt64();
  }

  /// The number of the draw that the client's result names.
  static int draw_of(const Process& client) {
    const std::string output = client.output();
    const std::string field = " | draw: ";
    const std::size_t at = output.find(field, output.find("action: consulta_ganadores"));
    return at == std::string::npos ? 0 : std::stoi(output.substr(at + field.size()));
  }

  int agencies_ = 1;
  TemporaryFolder folder_;
  std::filesystem::path database_ = folder_ / "bets.db";
  std::unique_ptr<ServiceProcess> service_;
  // Holds the service's ports while it is down, so that no other program gets them, for example as
  // the local port of a connection.
  UnusedPort reserved_port_;
  UnusedPort reserved_tls_port_;
  const std::uint16_t port_ = reserved_port_.number();
  const std::uint16_t tls_port_ = reserved_tls_port_.number();
  CertificateAuthority ca_{folder_.path(), "ca"};
  TlsFiles tls_files_ = ca_.service_files();
  std::map<int, CertificateFiles> certificates_;
};

TEST_P(Faults, OfProcessesAndLinesEndWithEveryBetOnceAndTheRightWinners) {
  agencies_ = 3;
  constexpr int kills = 10;
  std::mt19937 random(GetParam());
  const auto below = [&](int bound) { return std::uniform_int_distribution(0, bound - 1)(random); };

  start_service();
  FaultyProxy line(client_port(), GetParam(), proxy_unit());
  std::vector<std::filesystem::path> files;
  std::vector<std::unique_ptr<Process>> clients;
  for (int agency = 1; agency <= agencies_; ++agency) {
    files.push_back(sample_bets(folder_.path(), agency, 1500));
    clients.push_back(start_agency(agency, files.back(), line.port()));
  }
  for (int kill = 0; kill < kills; ++kill) {
    // A random moment. This sleep waits for nothing.
    std::this_thread::sleep_for(std::chrono::milliseconds(10 + below(120)));
    const int whom = below(3);
    if (whom != 0) kill_service();
    if (whom != 1) {
      const int agency = 1 + below(agencies_);
      auto& client = clients.at(static_cast<std::size_t>(agency - 1));
      if (client->is_running()) client->signal(SIGKILL);
      client->wait();
      client = start_agency(agency, files.at(static_cast<std::size_t>(agency - 1)), line.port());
    }
    if (whom != 0) start_service();
  }
  for (int agency = 1; agency <= agencies_; ++agency) {
    const auto i = static_cast<std::size_t>(agency - 1);
    EXPECT_EQ(clients[i]->wait(std::chrono::seconds(120)), 0)
        << clients[i]->errors() << clients[i]->output();
    expect_all_once(agency, files[i], *clients[i]);
  }
  EXPECT_GT(line.faults(), 0);
  EXPECT_EQ(service_->stop(), 0);
  expect_right(database_);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Faults, seeds(12, 3));
INSTANTIATE_TEST_SUITE_P(OverTls, Faults, testing::Range(1001U, 1004U));

/// Kills of the service and of clients, cuts, and repeated messages, at random.
class UploadFaults : public Faults {
 protected:
  int below(int bound) { return std::uniform_int_distribution(0, bound - 1)(random_); }

  /// A random moment. This sleep waits for nothing.
  void pause(int milliseconds_max) {
    std::this_thread::sleep_for(std::chrono::milliseconds(below(milliseconds_max)));
  }

  void restart_service() {
    kill_service();
    start_service();
  }

  /// Kills a running client and starts another in its place.
  template <typename Start>
  void restart(std::unique_ptr<Process>& client, Start start) {
    if (!client->is_running()) return;
    client->signal(SIGKILL);
    client->wait();
    client = start();
  }

  /// Expects that the client was successful, and that the draw that its result names has the bets
  /// of its file.
  void expect_told_right(Process& client, int agency, const std::filesystem::path& bets) {
    EXPECT_EQ(client.wait(), 0) << client.errors() << client.output();
    EXPECT_EQ(books_of(database_, draw_of(client), agency), read_file(bets)) << client.output();
  }

  std::mt19937 random_{GetParam()};
};

TEST_P(UploadFaults, PlaceEachBetThatAClientSaysIsPlacedOnce) {
  start_service();
  FaultyProxy line(client_port(), GetParam(), proxy_unit());
  int started = 0;
  std::int64_t told = 0;
  std::int64_t unknown = 0;
  for (int round = 0; round < 4; ++round) {
    std::vector<std::unique_ptr<Process>> clients;
    for (int i = 0; i < 3; ++i) {
      clients.push_back(start_bet(line.port(), "bet-" + std::to_string(++started)));
    }
    pause(40);
    switch (below(3)) {
      case 0:
        restart_service();
        break;
      case 1:  // the draw
        EXPECT_EQ(Peer(port_).ask("1:5\r\n"), ack);
        break;
      default:
        if (clients[0]->is_running()) clients[0]->signal(SIGKILL);
    }
    for (const auto& client : clients) {
      // If two answers were lost, one before the draw and one after it, the client can't know in
      // which draw its bets are.
      const int exit = client->wait();
      const bool says_so =
          exit == 1 && client->errors().find("the bet may be stored") != std::string::npos;
      EXPECT_TRUE(exit == 0 || exit == -SIGKILL || says_so) << client->errors() << client->output();
      ++(exit == 0 ? told : unknown);
    }
  }
  EXPECT_GE(told, 8);
  EXPECT_GE(bets_stored(), told);
  EXPECT_LE(bets_stored(), told + unknown);
  EXPECT_EQ(service_->stop(), 0);
  expect_right(database_);
}

TEST_P(UploadFaults, LetTwoClientsOfOneAgencyStoreTheSameFileOnce) {
  start_service();
  FaultyProxy line(client_port(), GetParam(), proxy_unit());
  const auto bets = sample_bets(folder_.path(), 1, 600);
  const auto start = [&](int which) {
    return start_agency(1, bets, line.port(), {}, "client-" + std::to_string(which));
  };
  std::vector<std::unique_ptr<Process>> clients;
  for (int which = 0; which < 2; ++which) clients.push_back(start(which));
  for (int kill = 0; kill < 3; ++kill) {
    pause(60);
    const int which = below(3);
    if (which == 2) {
      restart_service();
    } else {
      restart(clients.at(static_cast<std::size_t>(which)), [&] { return start(which); });
    }
  }
  for (const auto& client : clients) expect_told_right(*client, 1, bets);
  EXPECT_EQ(draws(), 1);
  EXPECT_EQ(service_->stop(), 0);
  expect_right(database_);
}

TEST_P(UploadFaults, LetTwoClientsOfOneAgencyStoreDifferentFilesInNoDrawTogether) {
  start_service();
  FaultyProxy line(client_port(), GetParam(), proxy_unit());
  const std::vector<std::filesystem::path> files{sample_bets(folder_.path(), 1, 600),
                                                 sample_bets(folder_.path(), 2, 600)};
  const auto start = [&](std::size_t which) {
    return start_agency(1, files[which], line.port(), {}, "client-" + std::to_string(which));
  };
  std::vector<std::unique_ptr<Process>> clients;
  for (std::size_t which = 0; which < 2; ++which) clients.push_back(start(which));
  pause(60);
  if (below(2) == 0) restart_service();
  std::int64_t told = 0;
  for (std::size_t which = 0; which < 2; ++which) {
    if (clients[which]->wait() == 0) {
      ++told;
      expect_told_right(*clients[which], 1, files[which]);
    } else {
      EXPECT_NE(clients[which]->errors().find("this agency"), std::string::npos)
          << clients[which]->errors();
    }
  }
  // Both can be successful only if one of them began after the other's draw had happened.
  EXPECT_GE(told, 1);
  EXPECT_EQ(draws(), told);
  EXPECT_EQ(bets_stored(), 600 * told);
  EXPECT_EQ(service_->stop(), 0);
  expect_right(database_);
}

TEST_P(UploadFaults, LetAClientBetAgainInOneDrawMoreForEachTimeThatItIsStarted) {
  start_service();
  FaultyProxy line(client_port(), GetParam(), proxy_unit());
  const auto bets = sample_bets(folder_.path(), 1, 600);
  auto first = start_agency(1, bets, line.port());
  expect_told_right(*first, 1, bets);
  const auto start = [&] { return start_agency(1, bets, line.port(), {"--again"}); };
  auto client = start();
  int starts = 1;
  for (int kill = 0; kill < 3; ++kill) {
    pause(60);
    if (below(2) == 0) {
      restart_service();
    } else if (client->is_running()) {
      restart(client, start);
      ++starts;
    }
  }
  expect_told_right(*client, 1, bets);
  EXPECT_EQ(draw_of(*client), draws());
  EXPECT_GE(draws(), 2);
  EXPECT_LE(draws(), 1 + starts);
  EXPECT_EQ(bets_stored(), 600 * draws());
  EXPECT_EQ(service_->stop(), 0);
  expect_right(database_);
}

INSTANTIATE_TEST_SUITE_P(Seeds, UploadFaults, seeds(8, 3));
INSTANTIATE_TEST_SUITE_P(OverTls, UploadFaults, testing::Range(1001U, 1004U));

class Fault : public Faults {};
INSTANTIATE_TEST_SUITE_P(Once, Fault, testing::Values(0U));

TEST_P(Fault, AnAgencyThatIsStartedAgainAfterTheDrawShowsTheFirstResult) {
  start_service();
  const auto bets = sample_bets(folder_.path(), 1, 20'000);
  EXPECT_EQ(start_agency(1, bets, port_)->wait(), 0);
  auto second = start_agency(1, bets, port_);
  EXPECT_EQ(second->wait(), 0);
  expect_all_once(1, bets, *second);
  EXPECT_EQ(books_of(database_, 2, 1), "");
  const std::string winners = read_file(winners_of(1));

  auto again = start_agency(1, bets, port_, {"--again"});
  EXPECT_EQ(again->wait(), 0) << again->errors();
  EXPECT_EQ(books_of(database_, 2, 1), read_file(bets));
  EXPECT_EQ(read_file(winners_of(1)), winners);
}

TEST_P(Fault, AnAgencyWithOtherBetsAfterTheDrawPlacesThemInTheNext) {
  start_service();
  EXPECT_EQ(start_agency(1, folder_.write("a.csv", bet), port_)->wait(), 0);
  const std::string other = "Eva,D'Elia,30904465,1999-03-17,7574\n";
  EXPECT_EQ(start_agency(1, folder_.write("b.csv", other + bet), port_)->wait(), 0);
  EXPECT_EQ(books_of(database_, 1, 1), bet);
  EXPECT_EQ(books_of(database_, 2, 1), other + bet);
}

TEST_P(Fault, AFileThatDoesNotBeginWithWhatIsStoredIsRefused) {
  start_service();
  EXPECT_EQ(Peer(port_).ask("1:4:" + bet + "\r\n"), ack);
  const std::string other = "Eva,D'Elia,30904465,1999-03-17,7574\n";
  auto client = start_agency(1, folder_.write("a.csv", other + bet), port_);
  EXPECT_EQ(client->wait(), 1);
  EXPECT_NE(
      client->errors().find(
          "the service has 1 bets of this agency in draw 1, but they are not the first bets of "),
      std::string::npos)
      << client->errors();
  EXPECT_EQ(books_of(database_, 1, 1), bet);
  EXPECT_EQ(start_agency(1, folder_.write("b.csv", bet + other), port_)->wait(), 0);
  EXPECT_EQ(books_of(database_, 1, 1), bet + other);
}

TEST_P(Fault, TwoClientsOfOneAgencyWithTheSameBetsStoreThemOnce) {
  start_service();
  const auto bets = sample_bets(folder_.path(), 1, 3000);
  auto first = start_agency(1, bets, port_, {}, "first");
  auto second = start_agency(1, bets, port_, {}, "second");
  EXPECT_EQ(first->wait(), 0) << first->errors();
  EXPECT_EQ(second->wait(), 0) << second->errors();
  expect_all_once(1, bets, *first);
  expect_all_once(1, bets, *second);
}

TEST_P(Fault, AClientThatWasOvertakenByAnotherDoublesNoBet) {
  start_service();
  Peer late(port_);
  EXPECT_TRUE(late.ask("1:8:" + std::string(32, 'a') + "\r\n").starts_with("server:9:1:open:0:0:"));
  EXPECT_EQ(start_agency(1, folder_.write("a.csv", bet), port_)->wait(), 0);
  EXPECT_TRUE(late.ask("1:7:1:" + bet + "\r\n")
                  .starts_with("server:1:batch 1 is stored already, by another upload"));
  EXPECT_EQ(books_of(database_, 1, 1), bet);
  EXPECT_EQ(books_of(database_, 2, 1), "");
}

TEST_P(Fault, BetsThatAreEqualAndPlacedAtTheSameMomentAreAllStored) {
  start_service();
  std::vector<std::unique_ptr<Process>> clients;
  for (int i = 0; i < 15; ++i) {
    clients.push_back(start_bet(port_, "bet-" + std::to_string(i)));
  }
  for (const auto& client : clients) EXPECT_EQ(client->wait(), 0) << client->errors();
  EXPECT_EQ(bets_stored(), 15);
}

const std::string resume_of_another = "1:8:" + std::string(32, 'b') + "\r\n";

TEST_P(Fault, AClientContinuesBehindABatchOfAnEarlierRunThatArrivesAfterItsResume) {
  start_service();
  HeldLine line(port_);
  Peer earlier(port_);
  EXPECT_TRUE(earlier.ask(resume_of_another).starts_with("server:9:1:open:0:0:"));
  auto client =
      start_agency(1, folder_.write("a.csv", bet + bet + bet), line.port(), {"--batch.max_bets=1"});
  line.wait_until_it_holds();
  EXPECT_EQ(earlier.ask("1:7:1:" + bet + bet + "\r\n"), ack);
  line.let_go();
  EXPECT_EQ(client->wait(), 0) << client->errors();
  EXPECT_EQ(books_of(database_, 1, 1), bet + bet + bet);
}

TEST_P(Fault, AClientSaysThatAnotherHasPlacedOtherBetsAfterItsResume) {
  start_service();
  HeldLine line(port_);
  Peer another(port_);
  EXPECT_TRUE(another.ask(resume_of_another).starts_with("server:9:1:open:0:0:"));
  auto client = start_agency(1, folder_.write("a.csv", bet), line.port());
  line.wait_until_it_holds();
  const std::string other = "Eva,D'Elia,30904465,1999-03-17,7574\n";
  EXPECT_EQ(another.ask("1:7:1:" + other + "\r\n"), ack);
  line.let_go();
  EXPECT_EQ(client->wait(), 1);
  EXPECT_NE(client->errors().find("but they are not the first bets of "), std::string::npos)
      << client->errors();
  EXPECT_EQ(books_of(database_, 1, 1), other);
}

TEST_P(Fault, ABetTakesTheNextNumberIfAnotherClientHasTakenItsOwn) {
  start_service();
  HeldLine line(port_);
  Peer another(port_);
  another.ask(resume_of_another);
  auto client = start_bet(line.port(), "bet");
  line.wait_until_it_holds();
  EXPECT_EQ(another.ask("1:7:1:" + bet + "\r\n"), ack);
  line.let_go();
  EXPECT_EQ(client->wait(), 0) << client->errors();
  EXPECT_EQ(books_of(database_, 1, 1), bet + bet);
}

TEST_P(Fault, ABetThatArrivesAfterItsDrawIsPlacedInTheNextOne) {
  start_service();
  HeldLine line(port_);
  auto client = start_bet(line.port(), "bet");
  line.wait_until_it_holds();
  EXPECT_EQ(Peer(port_).ask("1:5\r\n"), ack);
  line.let_go();
  EXPECT_EQ(client->wait(), 0) << client->errors();
  EXPECT_EQ(books_of(database_, 1, 1), "");
  EXPECT_EQ(books_of(database_, 2, 1), bet);
}

TEST_P(Fault, AClientThatWaitsTellsTheWinnersOfItsOwnDrawWhateverIsDrawnNext) {
  agencies_ = 2;
  start_service();
  const std::string loser = "Eva,D'Elia,30904465,1999-03-17,1\n";
  auto client = start_agency(1, folder_.write("a.csv", bet + loser), port_);
  service_->wait_for_output("action: cierre_apuestas | result: success | agencia: 1");
  // Draw 1 happens, and then draw 2, in which this agency has other bets and more winners.
  Peer others(port_);
  others.send("2:5\r\n1:4:" + bet + bet + bet + "\r\n1:5\r\n2:5\r\n");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(others.receive_until(), ack);
  EXPECT_EQ(client->wait(), 0) << client->errors();
  EXPECT_NE(client->output().find("cant_ganadores: 1 | draw: 1\n"), std::string::npos)
      << client->output();
  EXPECT_EQ(read_file(winners_of(1)), bet);
  EXPECT_EQ(draws(), 2);
}

TEST_P(Fault, AClientLearnsItsWinnersWithoutPolling) {
  agencies_ = 2;
  start_service();
  auto client =
      start_agency(1, folder_.write("a.csv", bet), port_, {"--winners.poll_interval_ms=3600000"});
  service_->wait_for_output("action: cierre_apuestas | result: success | agencia: 1");
  EXPECT_EQ(Peer(port_).ask("2:5\r\n"), ack);
  EXPECT_EQ(client->wait(std::chrono::seconds(20)), 0) << client->errors();
  EXPECT_EQ(read_file(winners_of(1)), bet);
}

TEST_P(Fault, ARefusedBatchOfOneDrawDoesNotStopTheSameConnectionInTheNext) {
  start_service();
  Peer peer(port_);
  const std::string resume = "1:8:" + std::string(32, 'a') + "\r\n";
  peer.ask(resume);
  EXPECT_TRUE(peer.ask("1:7:1:no bet\n\r\n").starts_with("server:1:bet 1: "));
  EXPECT_EQ(peer.ask("1:5\r\n"), ack);
  EXPECT_TRUE(peer.ask(resume).starts_with("server:9:1:drawn:0:0:"));
  EXPECT_EQ(peer.ask("1:7:1:" + bet + "\r\n"), ack);
  EXPECT_EQ(peer.ask("1:7:2:" + bet + "\r\n"), ack);
  EXPECT_EQ(books_of(database_, 2, 1), bet + bet);
}

TEST_P(Fault, TwoClientsOfOneAgencyWithDifferentBetsStoreThoseOfOne) {
  start_service();
  const auto one = sample_bets(folder_.path(), 1, 3000);
  const auto two = sample_bets(folder_.path(), 2, 3000);
  auto first = start_agency(1, one, port_, {}, "first");
  auto second = start_agency(1, two, port_, {}, "second");
  const int first_exit = first->wait();
  const int second_exit = second->wait();
  EXPECT_EQ(first_exit + second_exit, 1) << first->errors() << second->errors();
  EXPECT_EQ(books_of(database_, 1, 1), read_file(first_exit == 0 ? one : two));
}

TEST_P(Fault, AFullDiskIsWaitedForAndLosesNothing) {
  start_service();
  const auto limit_files = [&](rlim_t bytes) {
    const rlimit limit{.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    ASSERT_EQ(::prlimit(service_->id(), RLIMIT_FSIZE, &limit, nullptr), 0);
  };
  expect_busy_and_taken_later([&] { limit_files(400'000); }, [&] { limit_files(RLIM_INFINITY); });
}

TEST_P(Fault, AFileSystemThatTurnsReadOnlyIsWaitedForAndLosesNothing) {
  const auto trigger = folder_ / "read-only";
  start_service({{"LD_PRELOAD", READ_ONLY_DISK_LIBRARY},
                 {"READ_ONLY_WHERE_EXISTS", trigger.string()},
                 {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
  Peer peer(port_);
  EXPECT_EQ(peer.ask("1:8:" + std::string(32, 'a') + "\r\n").find("server:9:1:open:0:0:"), 0U);
  expect_busy_and_taken_later(
      [&] {
        folder_.write("read-only", "");
        EXPECT_TRUE(
            peer.ask("1:4:" + bet + "\r\n").starts_with("server:1:busy: the database can't"));
      },
      [&] { std::filesystem::remove(trigger); });
}

TEST_P(Fault, APingFailsAsLongAsNoBetCanBeStored) {
  const auto trigger = folder_ / "read-only";
  start_service({{"LD_PRELOAD", READ_ONLY_DISK_LIBRARY},
                 {"READ_ONLY_WHERE_EXISTS", trigger.string()},
                 {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
  const auto ping = [&] {
    Process client(AGENCY_CLIENT_PROGRAM,
                   {"ping", "--service.address=127.0.0.1:" + std::to_string(port_)},
                   folder_ / "ping");
    const int exit_code = client.wait();
    EXPECT_EQ(client.errors().find("can't take it now") != std::string::npos, exit_code != 0)
        << client.errors();
    return exit_code;
  };
  EXPECT_EQ(ping(), 0);
  folder_.write("read-only", "");
  // The result of a successful check is valid for a second.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  int exit_code = 0;
  while ((exit_code = ping()) == 0 && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_EQ(exit_code, 1);
  EXPECT_EQ(Peer(port_).ask("1:6\r\n"), "server:2\r\n") << "what needs no write is answered";
  std::filesystem::remove(trigger);
  EXPECT_EQ(ping(), 0);
}

TEST_P(Fault, APingFailsIfTheServiceIsFull) {
  service_ = std::make_unique<ServiceProcess>(
      folder_.path(), Words{"--lottery.agencies=1", "--service.max_connections=1"});
  const std::uint16_t port = service_->port();
  Peer first(port);
  EXPECT_EQ(first.ask("1:6\r\n"), "server:2\r\n");
  Process client(AGENCY_CLIENT_PROGRAM,
                 {"ping", "--service.address=127.0.0.1:" + std::to_string(port)}, folder_ / "ping");
  EXPECT_EQ(client.wait(), 1);
  EXPECT_NE(client.errors().find("the service is full"), std::string::npos) << client.errors();
}

TEST_P(Fault, AFullServiceIsWaitedFor) {
  service_ = std::make_unique<ServiceProcess>(
      folder_.path(), Words{"--lottery.agencies=1", "--service.max_connections=1"});
  const std::uint16_t port = service_->port();
  auto first = std::make_unique<Peer>(port);
  EXPECT_EQ(first->ask("1:6\r\n"), "server:2\r\n");
  auto client = start_agency(1, folder_.write("a.csv", bet), port);
  client->wait_for_output(" is busy: the service is full");
  first.reset();
  EXPECT_EQ(client->wait(), 0) << client->errors();
  EXPECT_EQ(books_of(database_, 1, 1), bet);
}

TEST_P(Fault, ADatabaseThatIsDeletedIsNoticedAndNothingMoreAcknowledged) {
  start_service();
  Peer peer(port_);
  EXPECT_EQ(peer.ask("1:4:" + bet + "\r\n"), ack);
  std::filesystem::remove(database_);
  peer.send("1:4:" + bet + "\r\n");
  EXPECT_EQ(peer.receive_all(), "");
  EXPECT_EQ(service_->wait(), 1);
  EXPECT_NE(service_->errors().find("was moved, deleted or replaced"), std::string::npos);
}

TEST_P(Fault, AFolderThatIsMovedIsNoticedAndItsBetsAreWhereItIs) {
  std::filesystem::create_directory(folder_ / "var");
  service_ = std::make_unique<ServiceProcess>(
      folder_.path(), Words{"--storage.path=" + (folder_ / "var/bets.db").string()});
  Peer peer(service_->port());
  EXPECT_EQ(peer.ask("1:4:" + bet + "\r\n"), ack);
  std::filesystem::rename(folder_ / "var", folder_ / "elsewhere");
  peer.send("1:4:" + bet + "\r\n");
  EXPECT_EQ(peer.receive_all(), "");
  EXPECT_EQ(service_->wait(), 1);
  EXPECT_TRUE(books_of(folder_ / "elsewhere/bets.db", 1, 1).starts_with(bet));
}

TEST_P(Fault, AClockThatJumpsChangesNothing) {
  start_service(
      {{"LD_PRELOAD", JUMPING_CLOCK_LIBRARY}, {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
  const auto bets = sample_bets(folder_.path(), 1, 3000);
  auto client = start_agency(1, bets, port_);
  EXPECT_EQ(client->wait(), 0) << client->errors();
  expect_all_once(1, bets, *client);
  EXPECT_EQ(service_->stop(), 0);
  expect_right(database_);
}

// If an answer was lost, the client ends at once. If the service was killed between two messages,
// the client tries to reach it again first.
TEST_P(Fault, AClientThatSpeaksPlainlyEndsAfterItsServiceIsKilled) {
  start_service();
  const auto bets = sample_bets(folder_.path(), 1, 20'000);
  auto client = start_agency(1, bets, port_,
                             {"--protocol.numbered=false", "--service.reach_timeout_seconds=1"});
  client->wait_for_output("action: apuesta_enviada | result: success");
  kill_service();
  EXPECT_EQ(client->wait(), 1);
  EXPECT_NE(client->output().find("action: apuesta_enviada | result: fail | cantidad: 10"),
            std::string::npos);
}

TEST_P(Fault, AClientThatSpeaksPlainlyTakesPartInADraw) {
  start_service();
  const auto bets = sample_bets(folder_.path(), 1, 3000);
  auto client = start_agency(1, bets, port_, {"--protocol.numbered=false"});
  EXPECT_EQ(client->wait(), 0) << client->errors();
  expect_all_once(1, bets, *client);
}

TEST_P(Fault, ABackupIsTakenWhileBetsComeIn) {
  start_service();
  const auto bets = sample_bets(folder_.path(), 1, 20'000);
  auto client = start_agency(1, bets, port_);
  client->wait_for_output("action: apuesta_enviada | result: success");
  Process backup(
      LOTTERY_SERVICE_PROGRAM,
      {"--storage.path=" + database_.string(), "--backup=" + (folder_ / "copy.db").string()},
      folder_ / "backup");
  EXPECT_EQ(backup.wait(), 0) << backup.errors() << backup.output();
  EXPECT_TRUE(backup.output().ends_with("the copy is " + (folder_ / "copy.db").string() + "\n"));
  EXPECT_EQ(client->wait(), 0) << client->errors();
  EXPECT_TRUE(read_file(bets).starts_with(books_of(folder_ / "copy.db", 1, 1)));
  Process verify(LOTTERY_SERVICE_PROGRAM, {"--verify", "--storage.path=" + database_.string()},
                 folder_ / "verify");
  EXPECT_EQ(verify.wait(), 0) << verify.output();
  EXPECT_TRUE(verify.output().ends_with("all is right\n"));
}

}  // namespace
}  // namespace lottery::test
