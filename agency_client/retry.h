#pragma once

#include <chrono>
#include <concepts>
#include <optional>
#include <stdexcept>
#include <string>

#include "agency_client/service_connection.h"
#include "network/interruption.h"

namespace lottery {

/// How an agency rides out a service that is away: it tries again after pauses that grow, up to a
/// bound, and that differ from agency to agency. It gives up once failures and pauses have taken
/// too long without any progress. Each pause is logged, and may end with Interrupted. One thread.
class Retry {
 public:
  Retry(std::chrono::seconds give_up_after, Interruption stop);

  /// Calls `step` until it returns, and returns what it does. Tries again after a Failure, and
  /// throws the last one when it gives up; other exceptions pass.
  template <std::derived_from<ServiceUnreachable> Failure, typename Step>
  auto until_done(Step step) {
    for (;;) {
      try {
        return step();
      } catch (const Failure& failure) {
        if (!pause_after(failure.what())) throw;
      }
    }
  }

  /// Says that there is progress: the pauses and the time to give up begin anew.
  void went_well();

  /// Says that the service has answered, with or without progress: the time that the answer took is
  /// not part of the time to give up.
  void answered();

 private:
  using Clock = std::chrono::steady_clock;

  /// False if it is time to give up.
  bool pause_after(const std::string& problem);

  std::chrono::seconds give_up_after_;
  Interruption stop_;
  std::chrono::milliseconds pause_{};
  Clock::duration patience_{};                      // what is left of give_up_after_
  std::optional<Clock::time_point> failing_since_;  // since then time is taken off patience_
};

}  // namespace lottery
