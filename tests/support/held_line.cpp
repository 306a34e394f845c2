#include "tests/support/held_line.h"

#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <list>
#include <stdexcept>
#include <string>

#include "program/deadline_io.h"

namespace lottery::test {
namespace {

const Poco::Timespan accept_poll(10 * Poco::Timespan::MILLISECONDS);
constexpr std::chrono::seconds wait_max{20};

Deadline deadline() { return std::chrono::steady_clock::now() + wait_max; }

/// One message from `from` to `to`. False at the end of the stream.
bool hand_on_one(int from, int to) {
  std::string message;
  while (!message.ends_with("\r\n")) {
    char byte = 0;
    if (receive_some(from, {&byte, 1}, deadline()) == 0) return false;
    message += byte;
  }
  send_all(to, message, deadline());
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
    line.thread = std::jthread([this, is_held, agency = line.agency.impl()->sockfd(),
                                service = line.service.impl()->sockfd()] {
      try {
        hand_on(agency, service, is_held);
      } catch (const std::exception&) {
        // One of the two has gone.
      }
      ::shutdown(agency, SHUT_RDWR);
      ::shutdown(service, SHUT_RDWR);
    });
  }
  for (Line& line : lines) {
    ::shutdown(line.agency.impl()->sockfd(), SHUT_RDWR);
    ::shutdown(line.service.impl()->sockfd(), SHUT_RDWR);
  }
}

void HeldLine::hand_on(int agency, int service, bool is_held) {
  if (is_held) {
    if (!hand_on_one(agency, service) || !hand_on_one(service, agency)) return;
    wait_for(agency, POLLIN, deadline());
    holds_.set_value();
    released_.get_future().wait();
  }
  std::array<char, 4096> buffer{};
  for (;;) {
    std::array<pollfd, 2> both{{{agency, POLLIN, 0}, {service, POLLIN, 0}}};
    if (::poll(both.data(), both.size(), -1) <= 0) return;
    for (const auto& [from, to] : {std::pair(0, service), std::pair(1, agency)}) {
      const auto& ready = both.at(static_cast<std::size_t>(from));
      if (ready.revents == 0) continue;
      const std::size_t bytes = receive_some(ready.fd, buffer, deadline());
      if (bytes == 0) return;
      send_all(to, {buffer.data(), bytes}, deadline());
    }
  }
}

}  // namespace lottery::test
