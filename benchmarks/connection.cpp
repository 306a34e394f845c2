#include "benchmarks/connection.h"

#include <Poco/Net/SocketAddress.h>

#include <stdexcept>
#include <string>

namespace lottery::benchmark {
namespace {

constexpr int answer_seconds_max = 600;

}  // namespace

Connection::Connection(std::uint16_t port) : socket_(Poco::Net::SocketAddress("127.0.0.1", port)) {
  socket_.setNoDelay(true);
  socket_.setReceiveTimeout(Poco::Timespan(answer_seconds_max, 0));
}

void Connection::send(std::string_view message) {
  while (!message.empty()) {
    const int sent = socket_.sendBytes(message.data(), static_cast<int>(message.size()));
    message.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string_view Connection::receive() {
  for (;;) {
    if (const auto message = frames_.next()) return *message;
    const auto space = frames_.space();
    const int bytes = socket_.receiveBytes(space.data(), static_cast<int>(space.size()));
    if (bytes <= 0) throw std::runtime_error("the service has closed the connection");
    frames_.received(static_cast<std::size_t>(bytes));
  }
}

void Connection::expect(std::string_view start) {
  const std::string_view answer = receive();
  if (!answer.starts_with(start)) {
    throw std::runtime_error("the service has answered " + std::string(answer.substr(0, 200)));
  }
}

}  // namespace lottery::benchmark
