#include "tests/support/held_line.h"

#include <Poco/Net/SocketAddress.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <list>
#include <stdexcept>
#include <string>

#include "network/plain_stream.h"
#include "network/wait.h"

namespace lottery::test {
namespace {

const Poco::Timespan accept_poll(10 * Poco::Timespan::MILLISECONDS);
constexpr std::chrono::seconds wait_max{20};

Deadline deadline() { return std::chrono::steady_clock::now() + wait_max; }

void cut(const Poco::Net::StreamSocket& socket) { ::shutdown(socket.impl()->sockfd(), SHUT_RDWR); }

/// Forwards one message from `from` to `to`. Returns false at the end of the stream.
bool hand_on_one(Stream& from, Stream& to) {
  std::string message;
  while (!message.ends_with("\r\n")) {
    char byte = 0;
    if (from.receive_some({&byte, 1}, deadline()) == 0) return false;
    message += byte;
  }
  to.send_all(message, deadline());
  return true;
}

}  // namespace

HeldLine::HeldLine(std::uint16_t service_port)
    : service_port_(service_port),
      listening_(Poco::Net::SocketAddress("127.0.0.1", 0)),
      acceptor_([this](const std::stop_token& stop) { accept_connections(stop); }) {}

HeldLine::~HeldLine() { let_go(); }

void HeldLine::wait_until_it_holds() {
  if (holds_.get_future().wait_for(wait_max) != std::future_status::ready) {
    throw std::runtime_error("no message came to be held");
  }
}

void HeldLine::let_go() {
  if (!is_released_) released_.set_value();
  is_released_ = true;
}

void HeldLine::accept_connections(const std::stop_token& stop) {
  struct Line {
    Poco::Net::StreamSocket agency;
    Poco::Net::StreamSocket service;
    std::jthread thread;
  };
  std::list<Line> lines;
  while (!stop.stop_requested()) {
    if (!listening_.poll(accept_poll, Poco::Net::Socket::SELECT_READ)) continue;
    const bool is_held = lines.empty();
    Line& line = lines.emplace_back(
        Line{listening_.acceptConnection(),
             Poco::Net::StreamSocket(Poco::Net::SocketAddress("127.0.0.1", service_port_)),
             {}});
    line.thread = std::jthread([this, is_held, agency = line.agency, service = line.service] {
      try {
        hand_on(agency, service, is_held);
      } catch (const std::exception&) {
        // One of the two sides has disconnected.
      }
      cut(agency);
      cut(service);
    });
  }
  for (Line& line : lines) {
    cut(line.agency);
    cut(line.service);
  }
}

void HeldLine::hand_on(const Poco::Net::StreamSocket& agency,
                       const Poco::Net::StreamSocket& service, bool is_held) {
  PlainStream from_agency(agency);
  PlainStream from_service(service);
  if (is_held) {
    if (!hand_on_one(from_agency, from_service) || !hand_on_one(from_service, from_agency)) return;
    wait_for(agency.impl()->sockfd(), POLLIN, deadline());
    holds_.set_value();
    released_.get_future().wait();
  }
  std::array<char, 4096> buffer{};
  for (;;) {
    std::array<pollfd, 2> both{
        {{agency.impl()->sockfd(), POLLIN, 0}, {service.impl()->sockfd(), POLLIN, 0}}};
    if (::poll(both.data(), both.size(), -1) <= 0) return;
    const auto hand_on_what_came = [&](const pollfd& ready, Stream& from, Stream& to) {
      if (ready.revents == 0) return true;
      const std::size_t bytes = from.receive_some(buffer, deadline());
      to.send_all({buffer.data(), bytes}, deadline());
      return bytes != 0;
    };
    if (!hand_on_what_came(both[0], from_agency, from_service)) return;
    if (!hand_on_what_came(both[1], from_service, from_agency)) return;
  }
}

}  // namespace lottery::test
