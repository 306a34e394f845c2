#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lottery::benchmark {

/// What to send, and how.
struct Load {
  std::uint16_t port = 0;  ///< of a service on 127.0.0.1
  int agencies = 5;        ///< each on a connection and a thread of its own
  int first_agency = 1;    ///< the others follow it
  std::size_t batch = 150;
  std::size_t in_flight = 1;  ///< batches that each agency sends ahead of their answers
  std::int64_t bets = 0;      ///< of all agencies together
  /// Of all together, each waiting for its answer; nothing: as fast as they go.
  std::optional<double> batches_per_second{};
  std::int64_t winning_bets = 0;    ///< of each agency, spread evenly over its bets
  std::int32_t winning_number = 0;  ///< of those bets, and of no other
};

struct LoadResult {
  double seconds = 0;  ///< from the first batch to the last answer
  std::vector<double>
      seconds_to_ack;  ///< of each batch, from before it is sent or from when it was due; sorted
};

/// Sends `lines`, over and over. Every batch must be acknowledged: throws std::runtime_error if
/// one is not.
LoadResult run_load(const Load& load, const std::vector<std::string>& lines);

/// The value that `share` (0 to 1) of the sorted `values` do not exceed.
double percentile(const std::vector<double>& values, double share);

/// Asks for the agency's winners `times` times on one connection, and returns how long each answer
/// took, in seconds, sorted. Throws std::runtime_error if an answer is not WINNERS.
std::vector<double> ask_for_winners(std::uint16_t port, int agency, int times);

/// Sends DONE, and returns how long the ACK took, in seconds. Throws std::runtime_error if there
/// is none.
double close_books(std::uint16_t port, int agency);

/// A BETS message of agency 1 with as many of `lines`, over and over, as its limits allow.
struct BatchLimits {
  std::size_t bets_max = 0;
  std::size_t bytes_max = 0;
};
std::string full_batch(const std::vector<std::string>& lines, const BatchLimits& limits);

/// Connections that each have sent `batch`, all at once and `times` times, had it acknowledged, and
/// stay open until `while_open` has returned. Throws std::runtime_error if one is not served.
void with_busy_connections(std::uint16_t port, int connections, std::string_view batch, int times,
                           const std::function<void()>& while_open);

}  // namespace lottery::benchmark
