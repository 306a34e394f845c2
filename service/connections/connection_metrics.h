#pragma once

#include <prometheus/counter.h>
#include <prometheus/histogram.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lottery {

/// The reason for which a batch was refused.
enum class RefusalReason : std::uint8_t {
  invalid,      ///< a bet or the message is invalid
  not_allowed,  ///< the rules or the peer's certificate forbid it
  busy,         ///< the service could not store it at that time
};
inline constexpr std::size_t refusal_reasons = 3;

/// Counters of the peers' messages since the service started. Any thread may count and read.
struct ConnectionMetrics {
  /// Batches, and their contents.
  struct Batches {
    prometheus::Counter batches;
    prometheus::Counter bets;
    prometheus::Counter bytes;  ///< of the batches' messages

    void add(std::size_t bets_of_batch, std::size_t bytes_of_message) {
      batches.Increment();
      bets.Increment(static_cast<double>(bets_of_batch));
      bytes.Increment(static_cast<double>(bytes_of_message));
    }
  };

  Batches& refused_because(RefusalReason reason) {
    return refused.at(static_cast<std::size_t>(reason));
  }

  Batches accepted;                              ///< stored and durable
  Batches repeated;                              ///< already stored; acknowledged again
  std::array<Batches, refusal_reasons> refused;  ///< by RefusalReason

  /// From the moment when a batch is taken from its connection until its ACK, in seconds.
  prometheus::Histogram batch_to_ack{prometheus::Histogram::BucketBoundaries{
      0.000'5, 0.001, 0.002'5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5}};

  prometheus::Counter handshakes_failed;
};

}  // namespace lottery
