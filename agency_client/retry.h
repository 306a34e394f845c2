#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>

#include "agency_client/service_connection.h"
#include "network/interruption.h"

namespace lottery {

/// How an agency copes with a service that is away.
///
/// 1. After a failure, it goes to the service's next address at once.
/// 2. When all addresses have failed since the last progress, it pauses before each further round.
///    The pauses grow up to a limit, and differ from agency to agency.
/// 3. It gives up when failures and pauses have taken too long without any progress, but not before
///    it has tried each address once.
///
/// Each failure is logged before the next attempt. Each pause may throw Interrupted. One thread.
class Retry {
 public:
  /// `connection` must outlive this.
  Retry(ServiceConnection& connection, std::chrono::seconds give_up_after, Interruption stop);

  Retry(const Retry&) = delete;
  Retry& operator=(const Retry&) = delete;

  /// Calls `step`, which uses the connection, until it returns, and returns its result. Repeats it
  /// after a Failure, and throws the last Failure when it gives up. Repeats it after a
  /// CertificateRefused, too, because another address may accept the certificate. If the last
  /// failure at every address was a CertificateRefused, throws it: another round would end in the
  /// same way. Other exceptions pass through.
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

  /// There is progress: the round, the pauses and the time to give up start again.
  void went_well();

  /// The service has answered, with or without progress: the time that the answer took does not
  /// count towards giving up.
  void answered();

 private:
  using Clock = std::chrono::steady_clock;

  /// Goes to the next address, after a pause if one is due. Returns false if it is time to give up.
  bool goes_on_after(const std::string& problem);

  ServiceConnection& connection_;
  std::chrono::seconds give_up_after_;
  Interruption stop_;
  std::size_t failures_ = 0;              // since the last progress
  std::size_t certificate_refusals_ = 0;  // consecutive ones, at the end of these failures
  std::chrono::milliseconds pause_{};
  Clock::duration time_left_{};  // until it gives up; decreases only while it fails
  std::optional<Clock::time_point> counted_until_;  // up to when time_left_ has been decreased
};

}  // namespace lottery
