#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lottery::benchmark {

/// How an agency learns that the draw has happened.
enum class WinnersBy : std::uint8_t {
  awaiting,  ///< AWAIT_WINNERS, which the service answers when the draw has happened
  polling,   ///< REQUEST_WINNERS once a second, at a moment of each agency's own
};

/// Agencies that have placed their bets and wait for draw 1, each on a connection of its own, all
/// of them on the thread that calls. Every call throws std::runtime_error if the service closes a
/// connection or refuses something.
class WaitingAgencies {
 public:
  /// Agencies 1 to `count` of a service on 127.0.0.1 that has one agency more. Together they place
  /// `bets` of `lines`, and each of them one on `winning_number`.
  WaitingAgencies(std::uint16_t port, int count, WinnersBy way, std::int64_t bets,
                  const std::vector<std::string>& lines, std::int32_t winning_number);
  ~WaitingAgencies();
  WaitingAgencies(const WaitingAgencies&) = delete;
  WaitingAgencies& operator=(const WaitingAgencies&) = delete;

  /// Waits for this long, and asks as agencies do.
  void wait_for(std::chrono::seconds time);

  /// Sends the DONE of the agency that is left, which is the draw. Returns the seconds from its ACK
  /// to when the last agency has its winners: 0 if all had them before it.
  double seconds_to_last_winners();

 private:
  class Agency;
  using Clock = std::chrono::steady_clock;

  /// Asks what is due, waits until something has come or `end`, and reads it.
  void take_turn(Clock::time_point end);

  std::vector<std::unique_ptr<Agency>> agencies_;  // the first one is the one that is left
};

}  // namespace lottery::benchmark
