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

/// A line between agencies and a service that does to messages what bad lines do: delays them,
/// hands them on in pieces, cuts the connection before, in the middle of and behind one, and
/// repeats one. What it does is drawn from a seed.
class FaultyProxy {
 public:
  /// What is handed on, or not, as a whole.
  enum class Unit : std::uint8_t { message, tls_record };

  /// Listens on a free port of 127.0.0.1, and hands on to `service_port` there.
  FaultyProxy(std::uint16_t service_port, unsigned seed, Unit unit = Unit::message);

  /// Cuts every connection.
  ~FaultyProxy();

  FaultyProxy(const FaultyProxy&) = delete;
  FaultyProxy& operator=(const FaultyProxy&) = delete;

  std::uint16_t port() const { return listening_.address().port(); }

  /// How many messages were not simply handed on.
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
