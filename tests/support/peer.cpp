#include "tests/support/peer.h"

#include <Poco/Net/SocketAddress.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "network/plain_stream.h"

namespace lottery::test {
namespace {

constexpr std::chrono::seconds wait_max{20};

Deadline deadline() { return std::chrono::steady_clock::now() + wait_max; }

}  // namespace

Peer::Peer(std::uint16_t port)
    : socket_(Poco::Net::SocketAddress("127.0.0.1", port)),
      stream_(std::make_unique<PlainStream>(socket_)) {
  socket_.setNoDelay(true);
}

Peer::Peer(std::uint16_t port, const TlsClient& tls, const std::string& host) : Peer(port) {
  stream_ = tls.connect(std::move(stream_), host);
  stream_->begin(deadline());
}

void Peer::send(std::string_view bytes) { stream_->send_all(bytes, deadline()); }

std::size_t Peer::send_until_nothing_moves(std::string_view bytes) {
  std::size_t sent = 0;
  try {
    for (;;) {
      stream_->send_all(bytes, std::chrono::steady_clock::now() + std::chrono::seconds(1));
      sent += bytes.size();
    }
  } catch (const TimedOut&) {
    return sent;
  }
}

void Peer::end_sending() { socket_.shutdownSend(); }

void Peer::reset_at_end() { socket_.setLinger(true, 0); }

bool Peer::has_sent(std::chrono::milliseconds wait) {
  return !received_.empty() || socket_.poll(Poco::Timespan(std::chrono::microseconds(wait).count()),
                                            Poco::Net::Socket::SELECT_READ);
}

std::string Peer::receive_until(std::string_view end) {
  std::size_t found = 0;
  while ((found = received_.find(end)) == std::string::npos) {
    if (!receive_more()) throw std::runtime_error("the service closed after '" + received_ + "'");
  }
  std::string message = received_.substr(0, found + end.size());
  received_.erase(0, message.size());
  return message;
}

std::string Peer::receive_all() {
  while (receive_more()) {
  }
  return std::move(received_);
}

std::string Peer::ask(std::string_view message, std::string_view end) {
  send(message);
  return receive_until(end);
}

bool Peer::receive_more() {
  std::array<char, 4096> buffer{};
  const std::size_t bytes = stream_->receive_some(buffer, deadline());
  received_.append(buffer.data(), bytes);
  return bytes != 0;
}

}  // namespace lottery::test
