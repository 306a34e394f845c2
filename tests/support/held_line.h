#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <cstdint>
#include <future>
#include <thread>

namespace lottery::test {

/// A line between agencies and a service that holds the messages behind the first one of its first
/// connection back, until it is told to let them go: the time between RESUME and a batch, as long
/// as a test wants it. Later connections are not held.
class HeldLine {
 public:
  /// Listens on a free port of 127.0.0.1, and hands on to `service_port` there.
  explicit HeldLine(std::uint16_t service_port);

  /// Lets go, and cuts every connection.
  ~HeldLine();

  HeldLine(const HeldLine&) = delete;
  HeldLine& operator=(const HeldLine&) = delete;

  std::uint16_t port() const { return listening_.address().port(); }

  /// Waits until the first message was answered and one behind it has come. Throws after 20 s.
  void wait_until_it_holds();

  void let_go();

 private:
  void accept_connections(const std::stop_token& stop);
  void hand_on(const Poco::Net::StreamSocket& agency, const Poco::Net::StreamSocket& service,
               bool is_held);

  std::uint16_t service_port_;
  Poco::Net::ServerSocket listening_;
  std::promise<void> holds_;
  std::promise<void> released_;
  bool is_released_ = false;
  std::jthread acceptor_;
};

}  // namespace lottery::test
