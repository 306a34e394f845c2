#include "benchmarks/open_boards.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "service/connections/connection_metrics.h"
#include "service/ledger_metrics.h"
#include "service/stopwatch.h"

namespace lottery::benchmark {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int look_for_end_every_ms = 50;
constexpr std::chrono::milliseconds scrape_every{20};

std::system_error failed(const char* what) { return {errno, std::generic_category(), what}; }

/// A connection on which this page was asked for.
int ask(std::uint16_t port, const std::string& path) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) throw failed("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    const int error = errno;
    ::close(socket);
    throw std::system_error(error, std::generic_category(), "the status page can't be asked");
  }
  return socket;
}

/// What comes until `end` has come, or until the connection is closed.
std::string read_until(int socket, std::string_view end) {
  std::string text;
  std::array<char, 16384> bytes{};
  while (end.empty() || text.find(end) == std::string::npos) {
    const ssize_t count = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (count < 0) throw failed("recv");
    if (count == 0) break;
    text.append(bytes.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

OpenBoards::OpenBoards(std::uint16_t status_port, int boards) {
  for (int i = 0; i < boards; ++i) {
    sockets_.push_back(ask(status_port, "/events"));
    if (read_until(sockets_.back(), "event: snapshot").find("event: snapshot") ==
        std::string::npos) {
      throw std::runtime_error("a board has had no snapshot");
    }
  }
  reader_ = std::thread([this] { read_all(); });
}

OpenBoards::~OpenBoards() {
  is_over_ = true;
  if (reader_.joinable()) reader_.join();
  for (const int socket : sockets_) ::close(socket);
}

void OpenBoards::expect_fine() const {
  if (is_disconnected_) throw std::runtime_error("a board was disconnected");
}

void OpenBoards::read_all() {
  std::vector<pollfd> watched;
  for (const int socket : sockets_)
    watched.push_back({.fd = socket, .events = POLLIN, .revents = 0});
  std::array<char, 16384> bytes{};
  while (!is_over_ && !is_disconnected_) {
    ::poll(watched.data(), watched.size(), look_for_end_every_ms);
    for (const pollfd& socket : watched) {
      if (socket.revents != 0 && ::recv(socket.fd, bytes.data(), bytes.size(), 0) <= 0) {
        is_disconnected_ = true;
      }
    }
  }
}

Scraper::Scraper(std::uint16_t status_port) : port_(status_port), thread_([this] { run(); }) {}

Scraper::~Scraper() {
  is_over_ = true;
  if (thread_.joinable()) thread_.join();
}

double Scraper::p99_milliseconds() {
  is_over_ = true;
  thread_.join();
  if (!failure_.empty() || milliseconds_.empty()) {
    throw std::runtime_error("the metrics can't be scraped: " + failure_);
  }
  std::sort(milliseconds_.begin(), milliseconds_.end());
  return milliseconds_.at(milliseconds_.size() * 99 / 100);
}

void Scraper::run() {
  try {
    while (!is_over_) {
      const auto began_at = Clock::now();
      const int socket = ask(port_, "/metrics");
      const std::string page = read_until(socket, "");
      ::close(socket);
      milliseconds_.push_back(
          std::chrono::duration<double, std::milli>(Clock::now() - began_at).count());
      if (page.find("lottery_build_info") == std::string::npos) {
        throw std::runtime_error("not the whole page has come");
      }
      std::this_thread::sleep_until(began_at + scrape_every);
    }
  } catch (const std::exception& error) {
    failure_ = error.what();
  }
}

double seconds_to_count_a_batch() {
  constexpr int batches = 1'000'000;
  ConnectionMetrics connections;
  LedgerMetrics ledger;
  const Stopwatch all;
  for (int i = 0; i < batches; ++i) {
    const Stopwatch taken;
    const Stopwatch wait;
    wait.observe(ledger.write_turn_wait);
    // A sync is shared by many batches; here each has its own.
    const Stopwatch sync;
    sync.observe(ledger.sync);
    taken.observe(connections.batch_to_ack);
    connections.accepted.add(150, 6000);
  }
  return all.seconds() / batches;
}

}  // namespace lottery::benchmark
