#include "tests/support/scripted_service.h"

#include <Poco/Net/SocketAddress.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "network/plain_stream.h"
#include "network/wait.h"
#include "protocol/books.h"

namespace lottery::test {
namespace {

constexpr std::chrono::seconds wait_max{20};

Deadline deadline() { return std::chrono::steady_clock::now() + wait_max; }

}  // namespace

ScriptedService::ScriptedService(std::vector<Connection> script)
    : listening_(Poco::Net::SocketAddress("127.0.0.1", 0)),
      player_([this, script = std::move(script)] {
        try {
          for (const Connection& connection : script) play(connection);
        } catch (const std::exception& error) {
          problem_ = error.what();
        }
      }) {}

ScriptedService::~ScriptedService() {
  if (player_.joinable()) player_.join();
}

std::string ScriptedService::problem() {
  if (player_.joinable()) player_.join();
  if (problem_.empty() && listening_.poll(Poco::Timespan(0), Poco::Net::Socket::SELECT_READ)) {
    problem_ = "a connection that the script does not have";
  }
  return problem_;
}

void ScriptedService::stop() {
  ::shutdown(listening_.impl()->sockfd(), SHUT_RDWR);
  if (player_.joinable()) player_.join();
}

void ScriptedService::play(const Connection& connection) {
  wait_for(listening_.impl()->sockfd(), POLLIN, deadline());
  Poco::Net::StreamSocket peer = listening_.acceptConnection();
  PlainStream stream(peer);
  std::string received;
  for (const Step& step : connection) {
    if (!step.question.empty()) {
      std::size_t end = 0;
      while ((end = received.find("\r\n")) == std::string::npos) {
        std::array<char, 4096> buffer{};
        const std::size_t bytes = stream.receive_some(buffer, deadline());
        if (bytes == 0) throw std::runtime_error("closed instead of " + step.question);
        received.append(buffer.data(), bytes);
      }
      messages_.push_back(received.substr(0, end));
      received.erase(0, end + 2);
      if (!messages_.back().starts_with(step.question)) {
        throw std::runtime_error(messages_.back() + " instead of " + step.question);
      }
    }
    pause_until(std::chrono::steady_clock::now() + step.held, {});
    stream.send_all(step.answer, deadline());
    if (step.silent_for.count() == 0) continue;
    try {
      if (received.empty()) {
        wait_for(peer.impl()->sockfd(), POLLIN, std::chrono::steady_clock::now() + step.silent_for);
      }
      throw std::runtime_error("a message instead of silence");
    } catch (const TimedOut&) {
      continue;
    }
  }
}

std::string resume_point(std::int64_t draw, std::string_view state, std::int64_t batches,
                         std::string_view lines) {
  BooksBalance balance;
  for (std::size_t end = 0; (end = lines.find('\n')) != std::string_view::npos;) {
    balance.add_line(lines.substr(0, end));
    lines.remove_prefix(end + 1);
  }
  const Books books = balance.books();
  return "server:9:" + std::to_string(draw) + ":" + std::string(state) + ":" +
         std::to_string(batches) + ":" + std::to_string(books.bets) + ":" + books.sha256 + "\r\n";
}

}  // namespace lottery::test
