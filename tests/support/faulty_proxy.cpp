#include "tests/support/faulty_proxy.h"

#include <Poco/Net/SocketAddress.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <list>
#include <string>

#include "network/plain_stream.h"

namespace lottery::test {
namespace {

const Poco::Timespan accept_poll(10 * Poco::Timespan::MILLISECONDS);
constexpr std::chrono::milliseconds delay_max{3};

// How many of a hundred messages are disturbed.
constexpr std::size_t faults_in_a_hundred = 12;

Deadline deadline() { return std::chrono::steady_clock::now() + std::chrono::seconds(60); }

void cut(const Poco::Net::StreamSocket& socket) { ::shutdown(socket.impl()->sockfd(), SHUT_RDWR); }

/// The length of the first complete unit in bytes; 0 if it has not arrived yet.
std::size_t first_unit_bytes(std::string_view bytes, FaultyProxy::Unit unit) {
  if (unit == FaultyProxy::Unit::message) {
    const std::size_t end = bytes.find("\r\n");
    return end == std::string_view::npos ? 0 : end + 2;
  }
  constexpr std::size_t header_bytes = 5;  // the last two are the length of what follows
  if (bytes.size() < header_bytes) return 0;
  const std::size_t size = header_bytes + static_cast<unsigned char>(bytes[3]) * 256UL +
                           static_cast<unsigned char>(bytes[4]);
  return bytes.size() < size ? 0 : size;
}

}  // namespace

FaultyProxy::FaultyProxy(std::uint16_t service_port, unsigned seed, Unit unit)
    : service_port_(service_port),
      unit_(unit),
      listening_(Poco::Net::SocketAddress("127.0.0.1", 0)),
      random_(seed),
      acceptor_([this](const std::stop_token& stop) { accept_connections(stop); }) {}

FaultyProxy::~FaultyProxy() = default;

void FaultyProxy::accept_connections(const std::stop_token& stop) {
  struct Line {
    Poco::Net::StreamSocket agency;
    Poco::Net::StreamSocket service;
    std::jthread thread;
  };
  std::list<Line> lines;
  while (!stop.stop_requested()) {
    if (!listening_.poll(accept_poll, Poco::Net::Socket::SELECT_READ)) continue;
    Line line{listening_.acceptConnection(), {}, {}};
    try {
      line.service.connect(Poco::Net::SocketAddress("127.0.0.1", service_port_));
    } catch (const Poco::Exception&) {
      continue;  // no service: the agency's connection closes
    }
    lines.push_back(std::move(line));
    Line& last = lines.back();
    last.thread = std::jthread([this, agency = last.agency, service = last.service] {
      try {
        hand_on(agency, service);
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

void FaultyProxy::hand_on(const Poco::Net::StreamSocket& agency_socket,
                          const Poco::Net::StreamSocket& service_socket) {
  PlainStream agency(agency_socket);
  PlainStream service(service_socket);
  std::string message;  // what has come of the agency's next one
  std::array<char, 4096> buffer{};
  for (;;) {
    std::array<pollfd, 2> both{{{agency_socket.impl()->sockfd(), POLLIN, 0},
                                {service_socket.impl()->sockfd(), POLLIN, 0}}};
    if (::poll(both.data(), both.size(), -1) <= 0) return;
    if (both[1].revents != 0) {
      const std::size_t bytes = service.receive_some(buffer, deadline());
      if (bytes == 0) return;
      agency.send_all({buffer.data(), bytes}, deadline());
    }
    if (both[0].revents == 0) continue;
    const std::size_t bytes = agency.receive_some(buffer, deadline());
    if (bytes == 0) return;
    message.append(buffer.data(), bytes);

    while (const std::size_t size = first_unit_bytes(message, unit_)) {
      const std::string whole = message.substr(0, size);
      message.erase(0, size);
      switch (next_fault()) {
        case Fault::none:
          service.send_all(whole, deadline());
          break;
        case Fault::pieces:
          for (std::size_t sent = 0; sent < whole.size();) {
            const std::size_t piece = 1 + random_below(whole.size() - sent);
            service.send_all(std::string_view(whole).substr(sent, piece), deadline());
            sent += piece;
            std::this_thread::sleep_for(delay_max * static_cast<int>(random_below(100)) / 100);
          }
          break;
        case Fault::cut_before:
          return;
        case Fault::cut_inside:
          service.send_all(std::string_view(whole).substr(0, random_below(whole.size())),
                           deadline());
          return;
        case Fault::cut_behind:
          service.send_all(whole, deadline());
          // The answer may already be in transit.
          std::this_thread::sleep_for(delay_max * static_cast<int>(random_below(100)) / 100);
          return;
        case Fault::repeat:
          service.send_all(whole + whole, deadline());
          break;
      }
    }
  }
}

FaultyProxy::Fault FaultyProxy::next_fault() {
  if (random_below(100) >= faults_in_a_hundred) return Fault::none;
  ++faults_;
  constexpr std::array faults{Fault::pieces, Fault::cut_before, Fault::cut_inside,
                              Fault::cut_behind, Fault::repeat};
  return faults.at(random_below(faults.size()));
}

std::size_t FaultyProxy::random_below(std::size_t bound) {
  const std::lock_guard lock(mutex_);
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
}

}  // namespace lottery::test
