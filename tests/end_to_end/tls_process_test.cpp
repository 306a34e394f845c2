// The two programs over TLS: what they say, how they end, and SIGHUP.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

using Words = std::vector<std::string>;

class TlsProcess : public testing::Test {
 protected:
  Words service_options() const {
    Words options{"--service.port=none",
                  "--service.tls.port=any",
                  "--lottery.agencies=1",
                  "--service.tls.certificate=" + files_.certificate.string(),
                  "--service.tls.key=" + files_.key.string(),
                  "--service.tls.agencies_ca=" + files_.trusted.string()};
    if (!files_.revoked.empty()) {
      options.push_back("--service.tls.revoked=" + files_.revoked.string());
    }
    return options;
  }

  void start() {
    service_ = std::make_unique<ServiceProcess>(folder_.path(), service_options());
    port_ = service_->tls_port();
  }

  /// Runs a client with these arguments and without retries, until it ends. If `addresses` is
  /// empty, it uses the address of the one service.
  std::unique_ptr<Process> run(Words arguments, const std::string& addresses = {}) {
    arguments.insert(arguments.end(),
                     {"--service.tls=true", "--service.tls.ca=" + ca_.certificate().string(),
                      "--service.address=" + (addresses.empty() ? address() : addresses)});
    auto client = std::make_unique<Process>(AGENCY_CLIENT_PROGRAM, arguments, folder_ / "client");
    client->wait();
    return client;
  }

  std::string address(const std::string& host = "127.0.0.1") const {
    return host + ":" + std::to_string(port_);
  }

  static Words with(const CertificateFiles& own, Words arguments) {
    arguments.push_back("--agency.certificate=" + own.certificate.string());
    arguments.push_back("--agency.key=" + own.key.string());
    return arguments;
  }

  TemporaryFolder folder_;
  CertificateAuthority ca_{folder_.path(), "ca"};
  TlsFiles files_ = ca_.service_files();
  std::unique_ptr<ServiceProcess> service_;
  std::uint16_t port_ = 0;
};

TEST_F(TlsProcess, PlaysADrawWithoutAPlaintextPort) {
  start();
  const CertificateFiles own = ca_.issue_to_agencies("agency-1", {1});
  EXPECT_EQ(run(with(own, {"ping"}))->wait(), 0);
  const auto bets = folder_.write("bets.csv", "Ana,Paz,1,1999-03-17,7574\n");
  auto client = run(with(own, {"--agency.bets=" + bets.string()}));
  EXPECT_EQ(client->wait(), 0) << client->errors();
  EXPECT_NE(client->output().find("cant_ganadores: 1"), std::string::npos);
  EXPECT_EQ(service_->stop(), 0);
}

TEST_F(TlsProcess, EndsAClientWithOneSentenceAndNoRetryIfACertificateIsRefused) {
  start();
  const auto began = std::chrono::steady_clock::now();
  const auto expect_sentence = [&](Process& client, const std::string& sentence) {
    EXPECT_EQ(client.wait(), 1);
    EXPECT_TRUE(client.errors().starts_with("agency_client: " + sentence)) << client.errors();
    EXPECT_EQ(client.output().find("retry_in_ms"), std::string::npos) << client.output();
  };
  expect_sentence(*run({"ping"}),
                  "the service has refused this client's certificate: this client sent none");
  const CertificateFiles stranger =
      CertificateAuthority(folder_.path(), "other").issue_to_agencies("stranger", {1});
  expect_sentence(
      *run(with(stranger, {"ping"})),
      "the service has refused this client's certificate: the service does not know its CA (" +
          stranger.certificate.string() + " is the certificate of CN=stranger");
  expect_sentence(
      *run(with(ca_.issue_to_agencies("agency-3", {3}),
                {"bet", "--first-name=A", "--last-name=B", "--document=1", "--birthdate=1999-03-17",
                 "--number=1"})),
      "the service has refused RESUME: this certificate speaks for agency 3, not for 1");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(50));
}

TEST_F(TlsProcess, EndsAClientThatConnectsToAnotherHostThanTheCertificateNames) {
  const CertificateFiles elsewhere = ca_.issue(
      "elsewhere",
      {.common_name = "elsewhere", .names = "DNS:lottery.example", .purpose = "serverAuth"});
  files_.certificate = elsewhere.certificate;
  files_.key = elsewhere.key;
  start();
  auto client = run(with(ca_.issue_to_agencies("agency-1", {1}), {"ping"}));
  EXPECT_EQ(client->wait(), 1);
  EXPECT_TRUE(client->errors().starts_with(
      "agency_client: this client has refused the service's certificate: it is not for the host "
      "127.0.0.1 (the certificate of CN=elsewhere"))
      << client->errors();
}

TEST_F(TlsProcess, ContinuesAtAnotherAddressIfACertificateIsRefusedAtOne) {
  const CertificateFiles one_host = ca_.issue(
      "one-host", {.common_name = "one host", .names = "IP:127.0.0.1", .purpose = "serverAuth"});
  files_.certificate = one_host.certificate;
  files_.key = one_host.key;
  start();
  const CertificateFiles own = ca_.issue_to_agencies("agency-1", {1});
  const std::string both = address("localhost") + ", " + address();
  const std::string first_fails =
      "action: connect | result: fail | address: " + address("localhost") +
      " | error: this client has refused the " +
      "service's certificate: it is not for the host localhost";
  auto client = run(with(own, {"ping"}), both);
  EXPECT_EQ(client->wait(), 0) << client->errors();
  EXPECT_NE(client->output().find(first_fails), std::string::npos) << client->output();

  // The second address refuses the certificate, too, so the client ends without another round.
  const auto bets = folder_.write("bets.csv", "Ana,Paz,1,1999-03-17,7574\n");
  client = run({"--agency.bets=" + bets.string()}, both);
  EXPECT_EQ(client->wait(), 1);
  EXPECT_EQ(
      client->errors(),
      "agency_client: the service has refused this client's certificate: this client sent none "
      "(set agency.certificate and agency.key)\n");
  const std::string output = client->output();
  EXPECT_NE(output.find(first_fails), std::string::npos) << output;
  EXPECT_EQ(output.find("retry_in_ms"), output.rfind("retry_in_ms")) << output;
}

TEST_F(TlsProcess, RereadsItsFilesAtSighupOrSaysWhyNot) {
  const CertificateFiles own = ca_.issue_to_agencies("agency-1", {1});
  files_.revoked = ca_.revoke({});
  start();
  folder_.write("ca.crl", "no CRL");
  service_->signal(SIGHUP);
  service_->wait_for_output(
      "action: reload_certificates | result: fail | error: " + files_.revoked.string() +
      ": has no CRL in PEM; the old files stay in use");
  EXPECT_EQ(run(with(own, {"ping"}))->wait(), 0);
  ca_.revoke({own});
  service_->signal(SIGHUP);
  service_->wait_for_output("action: reload_certificates | result: success");
  EXPECT_EQ(run(with(own, {"ping"}))->wait(), 1);
  EXPECT_EQ(service_->stop(), 0);
}

TEST_F(TlsProcess, WarnsOfACertificateThatRunsOutWithinSevenDays) {
  using std::chrono::hours;
  const auto service_with = [&](std::chrono::seconds ends) {
    const CertificateFiles own = ca_.issue(
        "soon",
        {.common_name = "soon", .names = "IP:127.0.0.1", .purpose = "serverAuth", .ends = ends});
    files_.certificate = own.certificate;
    files_.key = own.key;
    start();
    // The service handles SIGHUP after its first check of the certificates' expiry.
    service_->signal(SIGHUP);
    std::string log = service_->wait_for_output("action: reload_certificates");
    EXPECT_EQ(service_->stop(), 0);
    return log;
  };
  const std::string warning =
      "action: certificate_expiry | result: warning | file: " + (folder_ / "soon.pem").string() +
      " | valid_until: 20";
  EXPECT_NE(service_with(hours(6 * 24)).find(warning), std::string::npos);
  EXPECT_EQ(service_with(hours(8 * 24)).find("certificate_expiry"), std::string::npos);
}

TEST_F(TlsProcess, DoesNotStartWithFilesThatCanNotBeUsed) {
  folder_.write("service.key", "no key");
  ServiceProcess service(folder_.path(), service_options());
  EXPECT_EQ(service.wait(), 1);
  EXPECT_TRUE(service.errors().starts_with("lottery_service: " + files_.key.string() + ": "))
      << service.errors();
}

}  // namespace
}  // namespace lottery::test
