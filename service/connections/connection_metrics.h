#pragma once

#include <prometheus/counter.h>
#include <prometheus/histogram.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lottery {

/// Why a batch was refused.
enum class RefusalReason : std::uint8_t {
  invalid,      ///< one of its bets, or the message around them, is not valid
  not_allowed,  ///< forbidden by the lottery's rules or the peer's certificate
  busy,         ///< the service could not store it at that time
};
inline constexpr std::size_t refusal_reasons = 3;

/// Counters of the peers' messages since the service started. Any thread may count and read.
struct ConnectionMetrics {
  /// Batches and their contents.
  struct Batches {
    prometheus::Counter batches;
    prometheus::Counter bets;
    prometheus::Counter bytes;  ///< bytes of their messages

    void add(std::size_t bets_of_batch, std::size_t bytes_of_message) {
      batches.Increment();
      bets.Increment(static_cast<double>(bets_of_batch));
      bytes.Increment(static_cast<double>(bytes_of_message));
    }
  };

  Batches& refused_because(RefusalReason reason) {
    return refused.at(static_cast<std::size_t>(reason));
  }

  Batches accepted;  ///< stored and durable
  Batches repeated;  ///< had been stored before, and were acknowledged again
  std::array<Batches, refusal_reasons> refused;  ///< by RefusalReason

  /// The time from reading a batch from its connection to sending its ACK, in seconds.
  prometheus::Histogram batch_to_ack{prometheus::Histogram::BucketBoundaries{
      0.000'5, 0.001, 0.002'5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5}};

  prometheus::Counter handshakes_failed;
};

}  // namespace lottery
