#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>

#include "agency_client/service_connection.h"
#include "network/interruption.h"

namespace lottery {

/// How an agency rides out a service that is away.
///
/// 1. After a failure it goes to the service's next address, at once.
/// 2. When all addresses have failed since the last progress, it pauses before each further round.
///    The pauses grow, up to a bound, and differ from agency to agency.
/// 3. It gives up once failures and pauses have taken too long without any progress, but tries each
///    address once before.
///
/// Each failure is logged before the next try, and each pause may end with Interrupted. One thread.
class Retry {
 public:
  /// `connection` must outlive this.
  Retry(ServiceConnection& connection, std::chrono::seconds give_up_after, Interruption stop);

  Retry(const Retry&) = delete;
  Retry& operator=(const Retry&) = delete;

  /// Calls `step`, which uses the connection, until it returns, and returns what it does. Tries
  /// again after a Failure, and throws the last one when it gives up. Tries again after a
  /// CertificateRefused, too, unless every address has refused one since anything else happened:
  /// the same addresses would do so again. Other exceptions pass.
  template <std::derived_from<ServiceUnreachable> Failure, typename Step>
  auto until_done(Step step) {
    for (;;) {
      try {
        return step();
      } catch (const Failure& failure) {
        certificate_refusals_ = 0;
        if (!goes_on_after(failure.what())) throw;
      } catch (const CertificateRefused& refusal) {
        if (++certificate_refusals_ == connection_.address_count()) throw;
        if (!goes_on_after(refusal.what())) throw;
      }
    }
  }

  /// Says that there is progress: the round, the pauses and the time to give up begin anew.
  void went_well();

  /// Says that the service has answered, with or without progress: the time that the answer took is
  /// not part of the time to give up.
  void answered();

 private:
  using Clock = std::chrono::steady_clock;

  /// Goes to the next address, after a pause if one is due. False if it is time to give up.
  bool goes_on_after(const std::string& problem);

  ServiceConnection& connection_;
  std::chrono::seconds give_up_after_;
  Interruption stop_;
  std::size_t failures_ = 0;              // since the last progress
  std::size_t certificate_refusals_ = 0;  // the last ones of these failures
  std::chrono::milliseconds pause_{};
  Clock::duration patience_{};                      // what is left of give_up_after_
  std::optional<Clock::time_point> failing_since_;  // since then time is taken off patience_
};

}  // namespace lottery
