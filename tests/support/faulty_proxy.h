#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

namespace lottery::test {

/// A proxy between agencies and a service that disturbs messages as a bad network does: it delays a
/// message, forwards it in pieces, repeats it, or cuts the connection before it, in the middle of
/// it or after it. The choice is random, from a seed.
class FaultyProxy {
 public:
  /// The unit that is forwarded or disturbed.
  enum class Unit : std::uint8_t { message, tls_record };

  /// Listens on a free port of 127.0.0.1, and forwards to `service_port` there.
  FaultyProxy(std::uint16_t service_port, unsigned seed, Unit unit = Unit::message);

  /// Cuts every connection.
  ~FaultyProxy();

  FaultyProxy(const FaultyProxy&) = delete;
  FaultyProxy& operator=(const FaultyProxy&) = delete;

  std::uint16_t port() const { return listening_.address().port(); }

  /// The number of messages that were disturbed.
  int faults() const noexcept { return faults_; }

 private:
  enum class Fault : std::uint8_t { none, pieces, cut_before, cut_inside, cut_behind, repeat };

  void accept_connections(const std::stop_token& stop);
  void hand_on(const Poco::Net::StreamSocket& agency, const Poco::Net::StreamSocket& service);
  Fault next_fault();
  std::size_t random_below(std::size_t bound);

  std::uint16_t service_port_;
  Unit unit_;
  Poco::Net::ServerSocket listening_;
  std::atomic<int> faults_{0};
  std::mutex mutex_;  // guards random_
  std::mt19937 random_;
  std::jthread acceptor_;
};

}  // namespace lottery::test
