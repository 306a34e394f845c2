#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <cstdint>
#include <future>
#include <thread>

namespace lottery::test {

/// A proxy between agencies and a service. On its first connection, it holds all messages after the
/// first one until it is told to let them go. So the time between RESUME and a batch is as long as
/// a test wants. Later connections are not held.
class HeldLine {
 public:
  /// Listens on a free port of 127.0.0.1, and forwards to `service_port` there.
  explicit HeldLine(std::uint16_t service_port);

  /// Lets the messages go, and cuts every connection.
  ~HeldLine();

  HeldLine(const HeldLine&) = delete;
  HeldLine& operator=(const HeldLine&) = delete;

  std::uint16_t port() const { return listening_.address().port(); }

  /// Waits until the first message was answered and the next one has arrived. Throws after 20 s.
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
