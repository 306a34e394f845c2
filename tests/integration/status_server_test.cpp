#include "service/status/status_server.h"

#include <Poco/Net/SocketAddress.h>
#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "service/status/board_files.h"
#include "service/status/bounded_socket.h"
#include "tests/support/memory_ledger.h"
#include "tests/support/peer.h"
#include "tests/support/running_service.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

const std::string bet = "Ana,D'Elia,30904465,1999-03-17,7574\n";
const std::string ack = "server:0\r\n";

class StatusServerTest : public testing::Test {
 protected:
  /// `ledger` is the ledger that the page shows; if it is null, the page shows the service's.
  void start(int connections_max = 64, ServerLimits limits = {}, const Ledger* ledger = nullptr) {
    service_ = std::make_unique<RunningService>(
        folder_ / "bets.db", DrawTerms{.agencies = agencies({1, 2}), .winning_number = 7574},
        limits);
    Poco::Net::ServerSocket socket;
    socket.bind(Poco::Net::SocketAddress("127.0.0.1", 0), true, false);
    socket.listen();
    port_ = socket.address().port();
    status_ = std::make_unique<StatusServer>(
        socket, "127.0.0.1", connections_max,
        StatusSources{service_->lottery(), ledger != nullptr ? *ledger : service_->ledger(),
                      service_->server()});
  }

  ~StatusServerTest() override { status_.reset(); }

  static std::string request(const std::string& path, const std::string& method = "GET",
                             const std::string& host = "localhost", const std::string& more = "") {
    return method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + more + "\r\n";
  }

  /// The whole answer to these bytes.
  std::string ask(const std::string& bytes) const {
    Peer peer(port_);
    peer.send(bytes);
    return peer.receive_all();
  }

  static std::string status_of(const std::string& answer) {
    return answer.substr(0, answer.find("\r\n"));
  }

  static std::string body_of(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }

  std::string get(const std::string& path) const { return body_of(ask(request(path))); }

  /// The value of a metric. `name` includes its labels.
  double metric(const std::string& name) const {
    const std::string page = "\n" + get("/metrics");
    const std::size_t at = page.find("\n" + name + " ");
    EXPECT_NE(at, std::string::npos) << name << page;
    return at == std::string::npos ? -1 : std::stod(page.substr(at + name.size() + 2));
  }

  /// Waits for a snapshot that contains `text`.
  void wait_for_snapshot(const std::string& text) const {
    Peer listener(port_);
    listener.send(request("/events"));
    listener.receive_until(text);
  }

  Peer agency() const { return Peer(service_->port()); }

  TemporaryFolder folder_;
  std::unique_ptr<RunningService> service_;
  std::unique_ptr<StatusServer> status_;
  std::uint16_t port_ = 0;
};

TEST_F(StatusServerTest, ServesEveryFileOfTheBoard) {
  start();
  ASSERT_FALSE(board_files().empty());
  for (const BoardFile& file : board_files()) {
    const std::string answer = ask(request(std::string(file.path)));
    EXPECT_EQ(status_of(answer), "HTTP/1.1 200 OK") << file.path;
    EXPECT_NE(answer.find("Content-Type: " + std::string(file.content_type) + "\r\n"),
              std::string::npos)
        << answer;
    EXPECT_EQ(body_of(answer), file.text) << file.path;
  }
  EXPECT_TRUE(get("/").starts_with("<!doctype html>"));
  EXPECT_TRUE(get("/?from=a-bookmark").starts_with("<!doctype html>"));
}

TEST_F(StatusServerTest, SendsWithEveryAnswerWhatABrowserMayDoWithIt) {
  start();
  for (const std::string path : {"/", "/status", "/metrics", "/healthz", "/readyz", "/nowhere"}) {
    const std::string answer = ask(request(path));
    EXPECT_NE(answer.find("Content-Security-Policy: default-src 'none'; "), std::string::npos);
    EXPECT_NE(answer.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
    EXPECT_NE(answer.find("Cache-Control: no-store\r\n"), std::string::npos);
    EXPECT_EQ(answer.find("unsafe"), std::string::npos);
  }
}

TEST_F(StatusServerTest, RefusesOtherMethodsAndPaths) {
  start();
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "FOO"}) {
    const std::string answer = ask(request("/status", method));
    EXPECT_EQ(status_of(answer), "HTTP/1.1 405 Method Not Allowed") << method;
    EXPECT_NE(answer.find("Allow: GET, HEAD\r\n"), std::string::npos) << answer;
  }
  EXPECT_EQ(status_of(ask(request("/", "POST", "localhost", "Transfer-Encoding: chunked\r\n") +
                          "3\r\nabc\r\n0\r\n\r\n")),
            "HTTP/1.1 405 Method Not Allowed");
  const std::string body(3000, 'x');
  EXPECT_EQ(status_of(ask(request("/", "POST", "localhost", "Content-Length: 3000\r\n") + body)),
            "HTTP/1.1 405 Method Not Allowed");
  for (const char* path : {"/nowhere", "/../board.css", "/board.css/", "//", "/index.html", "/%2e",
                           "*", "http://localhost/nowhere", "https://localhost/status"}) {
    EXPECT_EQ(status_of(ask(request(path))), "HTTP/1.1 404 Not Found") << path;
  }
}

TEST_F(StatusServerTest, AnswersHeadWithoutABody) {
  start();
  for (const std::string path : {"/", "/status", "/metrics", "/healthz", "/events"}) {
    const std::string answer = ask(request(path, "HEAD"));
    EXPECT_EQ(status_of(answer), "HTTP/1.1 200 OK") << path;
    EXPECT_EQ(body_of(answer), "") << path;
  }
}

TEST_F(StatusServerTest, RefusesRequestsToAnotherHost) {
  start();
  const std::string misdirected = "HTTP/1.1 421 Misdirected Request";
  for (const std::string path : {"/", "/status", "/events", "/metrics", "/readyz"}) {
    EXPECT_EQ(status_of(ask(request(path, "GET", "evil.example"))), misdirected) << path;
  }
  EXPECT_EQ(status_of(ask("GET / HTTP/1.1\r\n\r\n")), misdirected) << "no host";
  EXPECT_EQ(status_of(ask(request("/", "GET", "localhost", "Host: evil.example\r\n"))), misdirected)
      << "two hosts";
  EXPECT_EQ(status_of(ask("GET /healthz HTTP/1.0\r\n\r\n")), "HTTP/1.0 200 OK");
}

TEST_F(StatusServerTest, UnderstandsTheAbsoluteFormOfATarget) {
  start();
  EXPECT_TRUE(get("http://localhost/healthz").ends_with("alive\n"));
  EXPECT_TRUE(get("HTTP://127.0.0.1:1/healthz?x").ends_with("alive\n"));
  EXPECT_TRUE(get("http://localhost").starts_with("<!doctype html>"));
  EXPECT_EQ(status_of(ask(request("http://evil.example/healthz"))),
            "HTTP/1.1 421 Misdirected Request");
  EXPECT_EQ(status_of(ask("GET http://localhost/healthz HTTP/9.9\r\n\r\n")), "HTTP/1.1 200 OK");
}

TEST_F(StatusServerTest, ClosesAConnectionWhoseRequestIsTooLarge) {
  start();
  for (const std::string& bytes :
       {"GET /" + std::string(40'000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
        request("/", "GET", "localhost", "X-Long: " + std::string(40'000, 'b') + "\r\n"),
        request("/", "GET", "localhost",
                [] {
                  std::string fields;
                  for (int i = 0; i < 5000; ++i) fields += "X: y\r\n";
                  return fields;
                }()),
        request("/", "POST", "localhost", "Content-Length: 100000\r\n") +
            std::string(100'000, 'c')}) {
    std::string answer;
    try {
      answer = ask(bytes);
    } catch (const std::exception&) {
      // The connection may be reset, because the server did not read the rest of the request.
    }
    EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 4")) << answer.substr(0, 200);
    EXPECT_EQ(answer.find("<!doctype"), std::string::npos);
  }
  EXPECT_EQ(get("/healthz"), "alive\n");
}

TEST_F(StatusServerTest, ClosesAConnectionWhoseRequestIsTooSlow) {
  start();
  const auto began = steady_clock::now();
  Peer silent(port_);
  Peer dripping(port_);
  std::string drips = request("/", "GET", "localhost", "X: " + std::string(4000, 'a') + "\r\n");
  std::size_t sent = 0;
  const auto is_closed = [](Peer& peer) { return peer.has_sent(milliseconds(20)); };
  while (!is_closed(dripping) && steady_clock::now() - began < seconds(15)) {
    dripping.send(drips.substr(sent++, 1));
  }
  try {
    EXPECT_EQ(dripping.receive_all(), "");
  } catch (const std::exception&) {
    // The connection may be reset, because bytes came after the end of the request.
  }
  EXPECT_EQ(silent.receive_all(), "");
  EXPECT_GE(steady_clock::now() - began, BoundedSocket::request_time);
  EXPECT_LT(steady_clock::now() - began, BoundedSocket::request_time + seconds(5));
}

TEST_F(StatusServerTest, ServesAsManyConnectionsAsItMay) {
  start(4);
  std::vector<std::unique_ptr<Peer>> silent;
  for (int i = 0; i < 4; ++i) silent.push_back(std::make_unique<Peer>(port_));
  EXPECT_EQ(status_of(Peer(port_).receive_all()), "HTTP/1.1 503 Service Unavailable");
  silent.front()->send(request("/healthz"));
  EXPECT_EQ(body_of(silent.front()->receive_all()), "alive\n");
  // The server may take a moment to free the place.
  std::string answer;
  while (!answer.ends_with("alive\n")) {
    try {
      answer = ask(request("/healthz"));
    } catch (const std::exception&) {
      // The connection may be reset, because the server does not read from a client that it turns
      // away.
    }
  }
}

TEST_F(StatusServerTest, KeepsAQuarterOfItsConnectionsForThoseWhoAskOnce) {
  start(8);
  std::vector<std::unique_ptr<Peer>> listeners;
  for (int i = 0; i < 6; ++i) {
    listeners.push_back(std::make_unique<Peer>(port_));
    listeners.back()->send(request("/events"));
    listeners.back()->receive_until("event: snapshot");
  }
  EXPECT_EQ(status_of(ask(request("/events"))), "HTTP/1.1 503 Service Unavailable");
  EXPECT_EQ(get("/healthz"), "alive\n");
}

TEST_F(StatusServerTest, SendsEventsOnceASecondAtMost) {
  start();
  Peer listener(port_);
  listener.send(request("/events"));
  const std::string head = listener.receive_until("\r\n\r\n");
  EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos) << head;
  EXPECT_EQ(listener.receive_until("\n\n"), "retry: 2000\n\n");
  const auto began = steady_clock::now();
  const std::string first = listener.receive_until("\n\n");
  EXPECT_TRUE(first.starts_with("event: snapshot\ndata: {\"schema_version\":1,")) << first;
  listener.receive_until("\n\n");
  listener.receive_until("\n\n");
  EXPECT_GE(steady_clock::now() - began, milliseconds(1000)) << "two seconds, less a part of one";
}

TEST_F(StatusServerTest, SendsACommentEveryFifteenSeconds) {
  start();
  Peer listener(port_);
  listener.send(request("/events"));
  const auto began = steady_clock::now();
  listener.receive_until("\n: still here\n\n");
  EXPECT_GE(steady_clock::now() - began, seconds(14));
  EXPECT_LT(steady_clock::now() - began, seconds(18));
}

TEST_F(StatusServerTest, TellsAllListenersTheSame) {
  start();
  Peer one(port_);
  Peer two(port_);
  one.send(request("/events"));
  two.send(request("/events"));
  one.receive_until("retry: 2000\n\n");
  two.receive_until("retry: 2000\n\n");
  one.receive_until("\n\n");
  two.receive_until("\n\n");
  std::string told = one.receive_until("\n\n");
  std::string told_other = two.receive_until("\n\n");
  // One of the snapshots may have begun a second earlier.
  if (told < told_other) told = one.receive_until("\n\n");
  if (told_other < told) told_other = two.receive_until("\n\n");
  EXPECT_EQ(told, told_other);
}

TEST_F(StatusServerTest, ShowsTheDrawFromItsFirstBatchToItsWinners) {
  start();
  EXPECT_NE(get("/status").find("\"draw\":null"), std::string::npos);
  Peer peer = agency();
  ASSERT_EQ(peer.ask("1:4:" + bet + bet + "\r\n"), ack);
  wait_for_snapshot(R"("draw":{"draw_id":1,"state":"open")");
  const std::string open = get("/status");
  EXPECT_NE(open.find(R"({"agency_id":1,"state":"betting","batches":1,"bets":2)"),
            std::string::npos)
      << open;
  EXPECT_NE(open.find(R"({"agency_id":2,"state":"waiting","batches":0,"bets":0)"),
            std::string::npos)
      << open;
  ASSERT_EQ(peer.ask("1:5\r\n"), ack);
  ASSERT_EQ(peer.ask("2:5\r\n"), ack);
  wait_for_snapshot(R"("draw":{"draw_id":1,"state":"drawn")");
  const std::string drawn = get("/status");
  EXPECT_NE(
      drawn.find(R"("winning_number":7574,"agencies_done":2,"batches":1,"bets":2,"winners":2)"),
      std::string::npos)
      << drawn;
}

TEST_F(StatusServerTest, CountsWhatItTells) {
  start();
  Peer peer = agency();
  ASSERT_EQ(peer.ask("1:4:" + bet + bet + "\r\n"), ack);
  peer.ask("1:4:" + bet + "Ana,Paz,1,1999-02-30,7574\n\r\n");
  peer.ask("9:4:" + bet + bet + bet + "\r\n");
  EXPECT_EQ(metric("lottery_bets_accepted_total"), 2);
  EXPECT_EQ(metric("lottery_batches_accepted_total"), 1);
  EXPECT_EQ(metric("lottery_batch_bytes_accepted_total"),
            4.0 + 2.0 * static_cast<double>(bet.size()));
  EXPECT_EQ(metric("lottery_bets_refused_total{reason=\"invalid\"}"), 2);
  EXPECT_EQ(metric("lottery_batches_refused_total{reason=\"not_allowed\"}"), 1);
  EXPECT_EQ(metric("lottery_bets_refused_total{reason=\"not_allowed\"}"), 3);
  EXPECT_EQ(metric("lottery_batch_bytes_refused_total{reason=\"not_allowed\"}"),
            4.0 + 3.0 * static_cast<double>(bet.size()));
  EXPECT_EQ(metric("lottery_batches_refused_total{reason=\"busy\"}"), 0);
  EXPECT_EQ(metric("lottery_batch_to_ack_seconds_count"), 1);
  EXPECT_GE(metric("lottery_sync_seconds_count"), 1);
  EXPECT_GE(metric("lottery_write_turn_wait_seconds_count"), 1);
  EXPECT_EQ(metric("lottery_connections{state=\"served\"}"), 1);
  EXPECT_GT(metric("lottery_database_bytes"), 0);
  EXPECT_GT(metric("lottery_disk_free_bytes"), 0);
  EXPECT_EQ(metric("lottery_ready"), 1);
  {
    SQLite::Database other((folder_ / "bets.db").string(), SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    EXPECT_TRUE(peer.ask("1:4:" + bet + "\r\n").starts_with("server:1:busy: "));
  }
  EXPECT_EQ(metric("lottery_batches_refused_total{reason=\"busy\"}"), 1);
}

TEST_F(StatusServerTest, CountsConnectionsThatAreRefused) {
  start(64, {.connections_max = 1});
  Peer peer = agency();
  ASSERT_EQ(peer.ask("1:6\r\n"), "server:2\r\n");
  EXPECT_TRUE(agency().receive_all().starts_with("server:1:busy: "));
  EXPECT_EQ(metric("lottery_connections_refused_total"), 1);
  EXPECT_EQ(metric("lottery_connections_max"), 1);
}

TEST_F(StatusServerTest, IsReadyWhileABetCanBeStored) {
  start(64, {.connections_max = 1});
  const auto readiness = [this] { return ask(request("/readyz")); };
  EXPECT_EQ(body_of(readiness()), "ready\n");
  std::string answer;
  {
    SQLite::Database other((folder_ / "bets.db").string(), SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    while (status_of(answer = readiness()) == "HTTP/1.1 200 OK") {
    }
    EXPECT_EQ(status_of(answer), "HTTP/1.1 503 Service Unavailable");
    EXPECT_EQ(body_of(answer), "the database can't take it now: database is locked\n");
  }
  while (status_of(answer = readiness()) != "HTTP/1.1 200 OK") {
  }
  Peer peer = agency();
  ASSERT_EQ(peer.ask("1:6\r\n"), "server:2\r\n");
  while (status_of(answer = readiness()) == "HTTP/1.1 200 OK") {
  }
  EXPECT_EQ(body_of(answer), "the service is full: it serves 1 connections at once\n");
  EXPECT_EQ(get("/healthz"), "alive\n");
}

/// A ledger whose disk has as much free space as the test says.
class LedgerOnADisk : public MemoryLedger {
 public:
  void set_free_bytes(std::int64_t bytes) noexcept { free_bytes_ = bytes; }

  LedgerFiles files() const override {
    LedgerFiles files = MemoryLedger::files();
    files.free_bytes = free_bytes_;
    return files;
  }

 private:
  std::atomic<std::int64_t> free_bytes_ = 0;
};

// The check stores nothing, and may succeed where the next batch does not fit.
TEST_F(StatusServerTest, IsNotReadyOnADiskWithLessThanOneMebibyteFree) {
  constexpr std::int64_t mebibyte = 1024L * 1024;
  LedgerOnADisk ledger;
  ledger.set_free_bytes(mebibyte);
  start(64, {}, &ledger);
  EXPECT_EQ(get("/readyz"), "ready\n");
  ledger.set_free_bytes(mebibyte - 1);
  while (get("/readyz") == "ready\n") {
  }
  EXPECT_EQ(get("/readyz"), "the disk of the database is full\n");
  status_.reset();
}

TEST_F(StatusServerTest, DisconnectsAListenerThatDoesNotReadAndDelaysNobody) {
  std::vector<std::int32_t> ids;
  service_ = std::make_unique<RunningService>(folder_ / "bets.db", [] {
    DrawTerms terms{.agencies = {}, .winning_number = 7574};
    for (std::int32_t id = 1; id <= 5000; ++id) terms.agencies.push_back(AgencyId{id});
    return terms;
  }());
  Poco::Net::ServerSocket socket;
  socket.bind(Poco::Net::SocketAddress("127.0.0.1", 0), true, false);
  socket.listen();
  port_ = socket.address().port();
  status_ = std::make_unique<StatusServer>(
      socket, "127.0.0.1", 2,
      StatusSources{service_->lottery(), service_->ledger(), service_->server()});
  Peer deaf(port_);
  deaf.send(request("/events"));
  deaf.receive_until("event: snapshot");
  // There is one place for listeners. It becomes free when the listener is disconnected. A snapshot
  // of half a megabyte comes every second, and no socket buffers that for long.
  const auto began = steady_clock::now();
  std::string answer;
  while (steady_clock::now() - began < seconds(60)) {
    EXPECT_EQ(agency().ask("1:6\r\n"), "server:2\r\n");
    try {
      Peer other(port_);
      other.send(request("/events"));
      if (other.receive_until("\r\n").starts_with("HTTP/1.1 200")) return;
    } catch (const std::exception&) {
      // The connection may be reset, because the server had no room even for the request.
    }
  }
  ADD_FAILURE() << "it was not disconnected";
}

TEST_F(StatusServerTest, DisconnectsAListenerThatDoesNotReadSmallEvents) {
  start(2);
  const int deaf = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int receive_buffer_bytes = 2048;
  ::setsockopt(deaf, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes));
  const Poco::Net::SocketAddress address("127.0.0.1", port_);
  ASSERT_EQ(::connect(deaf, address.addr(), address.length()), 0);
  const std::string question = request("/events");
  ASSERT_EQ(::send(deaf, question.data(), question.size(), 0),
            static_cast<ssize_t>(question.size()));
  // Once it has received the head of its answer, it has the only place for listeners.
  char byte = 0;
  ASSERT_EQ(::recv(deaf, &byte, 1, 0), 1);
  const auto began = steady_clock::now();
  bool is_free = false;
  while (!is_free && steady_clock::now() - began < seconds(60)) {
    try {
      Peer other(port_);
      other.send(request("/events"));
      is_free = other.receive_until("\r\n").starts_with("HTTP/1.1 200");
    } catch (const std::exception&) {
      // The connection may be reset, because the server had no room even for the request.
    }
  }
  EXPECT_TRUE(is_free);
  ::close(deaf);
}

TEST_F(StatusServerTest, TellsNothingOfAPerson) {
  start();
  Peer peer = agency();
  ASSERT_EQ(peer.ask("1:4:Xenophilia,Quuxington,98765432101,1987-06-05,7574\n\r\n"), ack);
  ASSERT_EQ(peer.ask("1:4:Xenophilia,Quuxington,98765432101,1987-06-05x,7574\n\r\n").substr(0, 9),
            "server:1:");
  ASSERT_EQ(peer.ask("1:5\r\n"), ack);
  ASSERT_EQ(peer.ask("2:5\r\n"), ack);
  wait_for_snapshot("\"state\":\"drawn\"");
  Peer listener(port_);
  listener.send(request("/events"));
  std::string served = listener.receive_until("event: snapshot") + listener.receive_until("\n\n");
  for (const char* path : {"/", "/status", "/metrics", "/healthz", "/readyz", "/nowhere"}) {
    served += ask(request(path));
  }
  EXPECT_NE(served.find("\"winners\":1"), std::string::npos);
  for (const char* of_a_person : {"Xenophilia", "Quuxington", "98765432101", "1987-06-05"}) {
    EXPECT_EQ(served.find(of_a_person), std::string::npos) << of_a_person;
  }
}

TEST_F(StatusServerTest, EndsInTimeWhateverItsPeersDo) {
  start();
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 40; ++i) {
    peers.push_back(std::make_unique<Peer>(port_));
    if (i % 4 != 0) peers.back()->send(i % 4 == 1 ? request("/events") : "GET / HT");
  }
  const auto began = steady_clock::now();
  status_.reset();
  EXPECT_LT(steady_clock::now() - began, seconds(2));
}

}  // namespace
}  // namespace lottery::test
