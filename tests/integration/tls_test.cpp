// The service and its peers over TLS: which peers are accepted, for which agencies a peer may
// speak, and how long a handshake may take.

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "network/connect.h"
#include "network/tls/private_key.h"
#include "network/tls/tls_client.h"
#include "tests/support/certificates.h"
#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/running_service.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using std::chrono::steady_clock;

const std::string bet = "Ana,D'Elia,30904465,1999-03-17,7574\n";
const std::string ack = "server:0\r\n";
const std::string wait_for_draw = "server:2\r\n";
const std::string upload(32, 'a');

/// The error of `step`; empty if it throws nothing.
std::string problem_of(const std::function<void()>& step) {
  try {
    step();
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

class Tls : public testing::Test {
 protected:
  void start(ServerLimits limits = {}) {
    service_ = std::make_unique<RunningService>(
        folder_ / "bets.db", DrawTerms{.agencies = agencies({1, 2}), .winning_number = 7574},
        limits, files_);
  }

  TlsClient client(const CertificateFiles& own) const {
    return TlsClient({.certificate = own.certificate,
                      .key = own.key,
                      .trusted = ca_.certificate(),
                      .revoked = {}});
  }

  TlsClient client_of(const std::vector<int>& agencies) {
    return client(ca_.issue_to_agencies("client", agencies));
  }

  std::uint16_t port() const { return service_->tls_port(); }

  /// The error with which the service refuses a client that has this certificate. The client learns
  /// it at its first read.
  std::string refusal_of(const CertificateFiles& own) {
    const TlsClient refused = client(own);
    return problem_of([&] { Peer(port(), refused).ask("1:6\r\n"); });
  }

  std::string in_database(const std::string& query) const {
    SQLite::Database shell((folder_ / "bets.db").string(), SQLite::OPEN_READONLY, 5000);
    return shell.execAndGet(query).getString();
  }

  TemporaryFolder folder_;
  CertificateAuthority ca_{folder_.path(), "ca"};
  TlsFiles files_ = ca_.service_files();
  std::unique_ptr<RunningService> service_;
};

const std::string refused_there = "the service has refused this client's certificate: ";

TEST_F(Tls, CarriesAWholeDrawAndStoresWhoHasSentIt) {
  start();
  const TlsClient both = client_of({1, 2});
  Peer peer(port(), both);
  EXPECT_EQ(peer.ask("1:8:" + upload + "\r\n").substr(0, 16), "server:9:1:open:");
  EXPECT_EQ(peer.ask("1:7:1:" + bet + "\r\n"), ack);
  EXPECT_EQ(peer.ask("2:4:" + bet + bet + "\r\n"), ack);
  EXPECT_EQ(peer.ask("1:" + bet + "\r\n", "\n"), "server:0\n");
  EXPECT_EQ(peer.ask("1:5\r\n"), ack);
  EXPECT_EQ(Peer(service_->port()).ask("2:4:" + bet + "\r\n"), ack);
  EXPECT_EQ(Peer(service_->port()).ask("2:5\r\n"), ack);
  EXPECT_EQ(peer.ask("1:10:1\r\n"), "server:3:1," + bet + "1," + bet + "\r\n");

  const std::string sent = in_database("SELECT group_concat(DISTINCT certificate) FROM batches");
  EXPECT_EQ(sent.size(), 64U);
  EXPECT_EQ(in_database("SELECT count(*) FROM batches WHERE certificate IS NULL"), "1");
  EXPECT_EQ(in_database("SELECT closed_by FROM draw_progress WHERE agency_id = 1"), sent);
  EXPECT_EQ(in_database("SELECT closed_by IS NULL FROM draw_progress WHERE agency_id = 2"), "1");
  EXPECT_EQ(in_database("SELECT sent_by FROM draw_progress WHERE agency_id = 2"), sent);
}

TEST_F(Tls, CarriesLargeMessagesAndManyAtOnce) {
  start();
  const TlsClient one = client_of({1});
  Peer peer(port(), one);
  std::string batch = "1:4:";
  while (batch.size() < 60'000) batch += bet;
  batch += "\r\n";
  constexpr int times = 20;
  for (int i = 0; i < times; ++i) peer.send(batch);
  for (int i = 0; i < times; ++i) EXPECT_EQ(peer.receive_until(), ack);
  for (const char byte : "1:4:" + bet + "\r\n") peer.send(std::string(1, byte));
  EXPECT_EQ(peer.receive_until(), ack);
}

TEST_F(Tls, RefusesAMessageForAnAgencyThatTheCertificateDoesNotName) {
  start();
  const TlsClient one = client_of({1});
  const TlsClient three = client_of({1, 3, 4});
  ASSERT_EQ(Peer(service_->port()).ask("2:4:" + bet + "\r\n"), ack);
  const std::string before = in_database("SELECT count(*) FROM bets");
  for (const std::string& message :
       {"2:4:" + bet + "\r\n", std::string("2:5\r\n"), std::string("2:6\r\n"),
        "2:5:1:" + std::string(64, '0') + "\r\n", "2:7:1:" + bet + "\r\n", "2:8:" + upload + "\r\n",
        std::string("2:10:1\r\n")}) {
    Peer peer(port(), one);
    peer.send(message);
    EXPECT_EQ(peer.receive_all(), "server:1:this certificate speaks for agency 1, not for 2\r\n")
        << message;
    Peer other(port(), three);
    other.send(message + message);
    EXPECT_EQ(other.receive_all(),
              "server:1:this certificate speaks for agencies 1, 3 and 4, not for 2\r\n")
        << message;
  }
  Peer untyped(port(), one);
  untyped.send("2:" + bet + "\r\n");
  EXPECT_EQ(untyped.receive_all(), "server:1\n");
  EXPECT_EQ(in_database("SELECT count(*) FROM bets"), before);
  EXPECT_EQ(in_database("SELECT count(*) FROM agencies WHERE done_at IS NOT NULL"), "0");

  const TlsClient nobody =
      client(ca_.issue("nobody", {.common_name = "1", .names = {}, .purpose = "clientAuth"}));
  Peer peer(port(), nobody);
  peer.send("1:6\r\n");
  EXPECT_EQ(peer.receive_all(), "server:1:this certificate speaks for no agency, not for 1\r\n");
}

TEST_F(Tls, RefusesCertificatesThatAreNotAsTheyMustBe) {
  CertificateAuthority other(folder_.path(), "other");
  const CertificateFiles revoked = ca_.issue_to_agencies("revoked", {1});
  files_.revoked = ca_.revoke({revoked});
  start();
  const std::string names = "URI:urn:lottery:agency:1";
  const auto terms = [&](const std::string& purpose, seconds begins, seconds ends) {
    return CertificateTerms{
        .common_name = "x", .names = names, .purpose = purpose, .begins = begins, .ends = ends};
  };
  const auto good = terms("clientAuth", seconds(-60), seconds(3600));
  EXPECT_EQ(refusal_of(ca_.issue("good", good)), "");
  const auto expect_refused = [&](const CertificateFiles& own, const std::string& why) {
    EXPECT_TRUE(refusal_of(own).starts_with(refused_there + why)) << refusal_of(own);
  };
  expect_refused({}, "this client sent none (set agency.certificate and agency.key)");
  expect_refused(ca_.self_signed("self", good), "the service does not know its CA");
  expect_refused(other.issue("strange", good), "the service does not know its CA");
  expect_refused(ca_.issue("old", terms("clientAuth", seconds(-7200), seconds(-60))),
                 "it has expired, or is not valid yet (" + (folder_ / "old.pem").string() +
                     " is the certificate of CN=x, for agency 1, valid from ");
  expect_refused(ca_.issue("young", terms("clientAuth", seconds(3600), seconds(7200))), "it ");
  expect_refused(revoked, "it is revoked");
  expect_refused(ca_.issue("server", terms("serverAuth", seconds(-60), seconds(3600))),
                 "it is not for client authentication");
}

TEST_F(Tls, RefusesEverybodyOnceTheListOfRevokedCertificatesIsOutOfDate) {
  files_.revoked = ca_.revoke({}, seconds(-60));
  start();
  EXPECT_TRUE(refusal_of(ca_.issue_to_agencies("client", {1})).starts_with(refused_there));
  ASSERT_EQ(service_->tls().expiries().size(), 2U);
  EXPECT_LT(service_->tls().expiries().back().at, std::chrono::system_clock::now());
}

TEST_F(Tls, IsRefusedByAClientThatExpectsAnotherHostOrAnotherCa) {
  start();
  const TlsClient one = client_of({1});
  EXPECT_EQ(problem_of([&] { Peer(port(), one, "localhost").ask("1:6\r\n"); }), "");
  const std::string refused_here = "this client has refused the service's certificate: ";
  for (const std::string host : {"127.0.0.2", "lottery.example"}) {
    EXPECT_TRUE(problem_of([&] { Peer(port(), one, host); })
                    .starts_with(refused_here + "it is not for the host " + host +
                                 " (the certificate of CN=the service, serial number 02)"));
  }
  const CertificateAuthority other(folder_.path(), "other");
  const TlsClient stranger({.certificate = {}, .key = {}, .trusted = other.certificate()});
  EXPECT_TRUE(problem_of([&] {
                Peer(port(), stranger);
              }).starts_with(refused_here + "its CA is not known here"));
}

TEST_F(Tls, TellsAPeerThatSpeaksPlaintextSo) {
  start();
  Peer peer(port());
  peer.send("1:4:" + bet + "\r\n");
  EXPECT_EQ(peer.receive_all(), "server:1:this port speaks TLS 1.3, and nothing else\r\n");
}

TEST_F(Tls, IsAnsweredWithAnAlertOnAPlaintextPort) {
  start();
  const TlsClient one = client_of({1});
  for (const std::uint16_t plaintext : {service_->port(), service_->single_bet_port()}) {
    EXPECT_EQ(problem_of([&] { Peer(plaintext, one); }), "it does not speak TLS 1.3 on this port");
  }
}

/// A stream that keeps the bytes that are sent, and receives nothing.
class Recorder : public Stream {
 public:
  explicit Recorder(std::string& sent) : sent_(sent) {}
  std::optional<PeerCertificate> begin(Deadline /*deadline*/) override { return {}; }
  std::size_t receive_some(std::span<char> /*into*/, Deadline /*deadline*/) override {
    throw TimedOut();
  }
  std::optional<std::size_t> receive_now(std::span<char> /*into*/) noexcept override { return {}; }
  void send_all(std::string_view bytes, Deadline /*deadline*/) override { sent_ += bytes; }
  EventWait wait_for_event(int /*event*/, Deadline /*deadline*/) override {
    return EventWait::deadline;
  }
  void linger(Deadline /*deadline*/) override {}
  void stop_receiving() noexcept override {}
  void cut() noexcept override {}
  const std::string& peer() const noexcept override { return sent_; }

 private:
  std::string& sent_;
};

std::string client_hello(const TlsClient& client) {
  std::string sent;
  try {
    client.connect(std::make_unique<Recorder>(sent), "127.0.0.1")
        ->begin(steady_clock::now() + seconds(20));
  } catch (const TimedOut&) {
    // There is no answer.
  }
  return sent;
}

TEST_F(Tls, ClosesAPeerWhoseHandshakeStopsOrDrips) {
  start({.handshake_timeout = seconds(1)});
  const std::string hello = client_hello(client_of({1}));
  Peer stopped(port());
  stopped.send(hello.substr(0, hello.size() / 2));
  Peer silent(port());
  Peer dripping(port());
  const auto began = steady_clock::now();
  // So slowly that the whole handshake would take a minute.
  const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(seconds(60)) /
                     static_cast<int>(hello.size());
  for (const char byte : hello) {
    if (dripping.has_sent(pause)) break;
    dripping.send(std::string(1, byte));
  }
  EXPECT_LT(steady_clock::now() - began, seconds(20));
  EXPECT_GE(steady_clock::now() - began, std::chrono::milliseconds(900));
  for (Peer* const peer : {&stopped, &silent, &dripping}) {
    EXPECT_EQ(problem_of([&] { EXPECT_EQ(peer->receive_all(), ""); }), "");
  }
}

TEST_F(Tls, KeepsTheDeadlinesOfPlaintext) {
  start({.idle_timeout = seconds(1)});
  const TlsClient one = client_of({1});
  Peer silent(port(), one);
  EXPECT_EQ(silent.receive_all(), "");
  // Each byte is a separate record.
  Peer dripping(port(), one);
  const std::string message = "1:4:" + bet + bet + "\r\n";
  const auto began = steady_clock::now();
  EXPECT_NE(problem_of([&] {
              for (const char byte : message) {
                dripping.send(std::string(1, byte));
                std::this_thread::sleep_for(std::chrono::milliseconds(200));  // it drips
              }
              dripping.receive_until();
            }),
            "");
  EXPECT_LT(steady_clock::now() - began, seconds(14));
}

TEST_F(Tls, ServesOthersWhileManyPeersShakeHands) {
  start({.connections_per_address_max = 1024});
  const TlsClient one = client_of({1});
  Peer connected(port(), one);
  const std::string hello = client_hello(one);
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 300; ++i) {
    peers.push_back(std::make_unique<Peer>(port()));
    peers.back()->send(hello);
    if (i % 10 == 0) {
      EXPECT_EQ(connected.ask("1:4:" + bet + "\r\n"), ack);
    }
  }
}

TEST_F(Tls, TakesNewFilesOnlyIfAllOfThemCanBeUsed) {
  const CertificateFiles kept = ca_.issue_to_agencies("kept", {1});
  const CertificateFiles lost = ca_.issue_to_agencies("lost", {2});
  files_.revoked = ca_.revoke({});
  start();
  const TlsClient kept_client = client(kept);
  const TlsClient lost_client = client(lost);
  Peer of_kept(port(), kept_client);
  Peer of_lost(port(), lost_client);
  EXPECT_EQ(of_kept.ask("1:6\r\n"), wait_for_draw);
  EXPECT_EQ(of_lost.ask("2:6\r\n"), wait_for_draw);

  const std::string crl = read_file(files_.revoked);
  folder_.write("ca.crl", "no CRL");
  const std::string problem = problem_of([&] { service_->tls().reload(); });
  EXPECT_EQ(problem, files_.revoked.string() + ": has no CRL in PEM");
  // The second CRL may contain the newest revocations, so it must not be ignored.
  folder_.write("ca.crl", crl + "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
  EXPECT_TRUE(problem_of([&] {
                service_->tls().reload();
              }).starts_with(files_.revoked.string() + ": has a CRL that can't be read ("));
  service_->server().close_refused_connections();
  EXPECT_EQ(of_lost.ask("2:6\r\n"), wait_for_draw);
  EXPECT_EQ(refusal_of(lost), "") << "the old files stay in use";

  ca_.revoke({lost});
  service_->tls().reload();
  service_->server().close_refused_connections();
  EXPECT_NE(problem_of([&] { of_lost.ask("2:6\r\n"); }), "");
  EXPECT_EQ(of_kept.ask("1:6\r\n"), wait_for_draw);
  EXPECT_TRUE(refusal_of(lost).starts_with(refused_there + "it is revoked"));
}

TEST_F(Tls, ClosesAConnectionWhoseCertificateHasExpired) {
  start();
  const TlsClient one = client(ca_.issue("short", {.common_name = "short",
                                                   .names = "URI:urn:lottery:agency:1",
                                                   .purpose = "clientAuth",
                                                   .begins = seconds(-60),
                                                   .ends = seconds(2)}));
  Peer peer(port(), one);
  EXPECT_EQ(peer.ask("1:6\r\n"), wait_for_draw);
  const auto give_up_at = steady_clock::now() + seconds(20);
  bool is_closed = false;
  while (!is_closed && steady_clock::now() < give_up_at) {
    service_->server().close_refused_connections();
    is_closed = peer.has_sent(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(peer.receive_all(), "");
}

TEST_F(Tls, NamesTheFileThatCanNotBeUsed) {
  const CertificateFiles other = ca_.issue_to_service("other");
  const auto problem = [](TlsFiles files, fs::path TlsFiles::*file, const fs::path& path) {
    files.*file = path;
    const std::string found = problem_of([&] { TlsContext::for_service(files); });
    return found.starts_with(path.string() + ": ") ? found.substr(path.string().size() + 2) : found;
  };
  const fs::path missing = folder_ / "missing";
  const fs::path garbage = folder_.write("garbage", "garbage\n");
  for (const auto file :
       {&TlsFiles::certificate, &TlsFiles::key, &TlsFiles::trusted, &TlsFiles::revoked}) {
    EXPECT_EQ(problem(files_, file, missing), "No such file or directory");
  }
  EXPECT_TRUE(problem(files_, &TlsFiles::certificate, garbage)
                  .starts_with("has no usable certificate in PEM ("));
  EXPECT_EQ(problem(files_, &TlsFiles::trusted, garbage), "has no certificate in PEM");
  EXPECT_EQ(problem(files_, &TlsFiles::revoked, garbage), "has no CRL in PEM");
  EXPECT_EQ(problem(files_, &TlsFiles::key, other.key),
            "is not the private key of the certificate in " + files_.certificate.string());
  const CertificateFiles old = ca_.issue("old", {.common_name = "old",
                                                 .names = "DNS:localhost",
                                                 .purpose = "serverAuth",
                                                 .begins = seconds(-7200),
                                                 .ends = seconds(-60)});
  TlsFiles of_old = files_;
  of_old.key = old.key;
  EXPECT_TRUE(
      problem(of_old, &TlsFiles::certificate, old.certificate).starts_with("expired at 20"));
  CertificateAuthority strange(folder_.path(), "strange");
  EXPECT_EQ(problem(files_, &TlsFiles::revoked, strange.revoke({})),
            "has a CRL that no CA of service.tls.agencies_ca has issued");
}

TEST_F(Tls, RefusesAPrivateKeyThatOthersCanRead) {
  const fs::path key = files_.key;
  const auto with_mode = [&](unsigned mode) {
    fs::permissions(key, static_cast<fs::perms>(mode));
    return problem_of([&] { read_private_key(key); });
  };
  EXPECT_EQ(with_mode(0600), "");
  EXPECT_EQ(with_mode(0400), "");
  for (const unsigned mode : {0640U, 0604U, 0660U, 0610U, 0601U}) {
    EXPECT_EQ(with_mode(mode), key.string() +
                                   ": others can read the private key: its mode must be "
                                   "0600 or less")
        << mode;
  }
  EXPECT_EQ(problem_of([&] { read_private_key(folder_.path()); }),
            folder_.path().string() + ": is not a regular file");
}

/// A proxy that forwards everything, and keeps a copy.
class Tap : public Stream {
 public:
  Tap(std::unique_ptr<Stream> stream, std::string& travelled)
      : stream_(std::move(stream)), travelled_(travelled) {}
  std::optional<PeerCertificate> begin(Deadline deadline) override {
    return stream_->begin(deadline);
  }
  std::size_t receive_some(std::span<char> into, Deadline deadline) override {
    const std::size_t received = stream_->receive_some(into, deadline);
    travelled_.append(into.data(), received);
    return received;
  }
  std::optional<std::size_t> receive_now(std::span<char> into) noexcept override {
    return stream_->receive_now(into);
  }
  void send_all(std::string_view bytes, Deadline deadline) override {
    travelled_ += bytes;
    stream_->send_all(bytes, deadline);
  }
  EventWait wait_for_event(int event, Deadline deadline) override {
    return stream_->wait_for_event(event, deadline);
  }
  void linger(Deadline deadline) override { stream_->linger(deadline); }
  void stop_receiving() noexcept override { stream_->stop_receiving(); }
  void cut() noexcept override { stream_->cut(); }
  const std::string& peer() const noexcept override { return stream_->peer(); }

 private:
  std::unique_ptr<Stream> stream_;
  std::string& travelled_;
};

TEST_F(Tls, HidesNamesAndDocuments) {
  start();
  const TlsClient both = client_of({1, 2});
  std::string travelled;
  const auto stream = both.connect(
      std::make_unique<Tap>(connect("127.0.0.1:" + std::to_string(port()), {}), travelled),
      "127.0.0.1");
  const auto deadline = steady_clock::now() + seconds(20);
  stream->begin(deadline);
  std::array<char, 4096> answer{};
  std::size_t received = 0;
  for (const std::string& message : {"1:4:" + bet + "\r\n", std::string("1:5\r\n"),
                                     std::string("2:5\r\n"), std::string("1:6\r\n")}) {
    stream->send_all(message, deadline);
    received = stream->receive_some(answer, deadline);
  }
  EXPECT_EQ(std::string(answer.data(), received), "server:3:1," + bet + "\r\n");
  EXPECT_GT(travelled.size(), bet.size() * 2);
  for (const std::string secret : {"Ana", "D'Elia", "30904465", "1999-03-17", "server:"}) {
    EXPECT_EQ(travelled.find(secret), std::string::npos) << secret;
  }
}

TEST_F(Tls, EndsInTimeWithHundredsOfConnections) {
  start({.connections_per_address_max = 1024});
  const TlsClient one = client_of({1});
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 200; ++i) {
    peers.push_back(std::make_unique<Peer>(port(), one));
    peers.back()->send("1:4:" + bet + "\r\n");
  }
  const auto began = steady_clock::now();
  service_.reset();
  EXPECT_LT(steady_clock::now() - began, seconds(5));
  int answered = 0;
  for (const auto& peer : peers) {
    if (peer->receive_all() == ack) ++answered;
  }
  EXPECT_EQ(std::to_string(answered), in_database("SELECT count(*) FROM batches"));
}

/// The arguments of `openssl s_client` for a connection to `port`.
std::vector<std::string> s_client(std::uint16_t port, const CertificateFiles& own,
                                  const fs::path& ca) {
  return {"s_client",
          "-connect",
          "127.0.0.1:" + std::to_string(port),
          "-CAfile",
          ca.string(),
          "-cert",
          own.certificate.string(),
          "-key",
          own.key.string(),
          "-verify_return_error",
          "-brief"};
}

TEST_F(Tls, SpeaksTls13WithOtherPrograms) {
  start();
  const CertificateFiles own = ca_.issue_to_agencies("client", {1});
  const auto run = [&](const std::string& version, const std::string& name) {
    auto arguments = s_client(port(), own, ca_.certificate());
    arguments.push_back(version);
    Process program("/usr/bin/openssl", arguments, folder_ / name);
    program.wait();
    return program.errors() + program.output();
  };
  const std::string accepted = run("-tls1_3", "new");
  EXPECT_NE(accepted.find("Protocol version: TLSv1.3"), std::string::npos) << accepted;
  EXPECT_NE(accepted.find("Verification: OK"), std::string::npos) << accepted;
  const std::string refused = run("-tls1_2", "old");
  EXPECT_NE(refused.find("alert protocol version"), std::string::npos) << refused;
}

TEST_F(Tls, ConnectsToOtherPrograms) {
  const CertificateFiles own = ca_.issue_to_agencies("client", {1});
  Process server("/usr/bin/openssl",
                 {"s_server", "-accept", "127.0.0.1:0", "-cert", files_.certificate.string(),
                  "-key", files_.key.string(), "-CAfile", ca_.certificate().string(), "-Verify",
                  "1", "-verify_return_error", "-rev"},
                 folder_ / "server");
  const std::string marker = "ACCEPT 127.0.0.1:";
  const std::string said = server.wait_for_output(marker);
  const auto other = static_cast<std::uint16_t>(std::stoul(said.substr(said.find(marker) + 17)));
  const TlsClient one = client(own);
  Peer peer(other, one);
  EXPECT_EQ(peer.ask("1:5!\n", "\n"), "!5:1\n");  // it sends each line back, reversed
}

TEST_F(Tls, ServesAThousandConnections) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr std::size_t connections = 200;  // a handshake takes ten times as long
#else
  constexpr std::size_t connections = 1000;
#endif
  start({.connections_per_address_max = 1024});
  const TlsClient one = client_of({1});
  std::vector<std::unique_ptr<Peer>> peers;
  for (std::size_t i = 0; i < connections; ++i) {
    peers.push_back(std::make_unique<Peer>(port(), one));
  }
  for (const auto& peer : peers) peer->send("1:4:" + bet + "\r\n");
  for (const auto& peer : peers) EXPECT_EQ(peer->receive_until(), ack);
  EXPECT_EQ(in_database("SELECT count(*) FROM bets"), std::to_string(connections));
}

}  // namespace
}  // namespace lottery::test
