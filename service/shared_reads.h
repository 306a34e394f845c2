#pragma once

#include <exception>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "protocol/agency_id.h"
#include "service/ledger.h"

namespace lottery {

/// Shares one read of an agency's books among all threads that ask for it at the same time. A read
/// may wait for a long time before it begins (LongReadTurns). A thread that asks during this wait
/// gets the same result: the read begins after its question, so it sees everything that the thread
/// may expect.
///
/// Without sharing, 250 peers that declared wrong books for an agency with 500,000 bets delayed
/// that agency's own DONE by 112 s, because each of them caused a read and a rest.
///
/// Any thread may call.
template <typename Result>
class SharedReads {
 public:
  /// Waits for its turn, calls `begins`, and then reads.
  using Read = std::function<Result(const std::function<void()>& begins)>;

  /// Returns the result of a `read` that begins after this call: another thread's read that is
  /// still waiting for its turn, or this call's own. Throws LedgerUnavailable or LedgerFailed if
  /// the read throws it, and whatever its own read throws.
  Result share(AgencyId agency, const Read& read) {
    std::optional<std::promise<Outcome>> own;
    std::shared_future<Outcome> outcome;
    {
      const std::lock_guard lock(mutex_);
      const auto [waiting, is_first] = waiting_.try_emplace(agency);
      if (is_first) waiting->second = own.emplace().get_future().share();
      outcome = waiting->second;
    }
    if (own) return read_for_all(agency, read, *own);
    return result_of(outcome.get());
  }

 private:
  // A failure as a value, so that each thread throws an exception object of its own:
  // ThreadSanitizer does not see how threads that share one are synchronized.
  struct Unavailable {
    std::string reason;
  };
  struct Failed {
    std::string reason;
  };
  using Outcome = std::variant<Result, Unavailable, Failed>;

  Result read_for_all(AgencyId agency, const Read& read, std::promise<Outcome>& outcome) {
    bool has_begun = false;
    const auto begins = [&] {
      if (std::exchange(has_begun, true)) return;
      const std::lock_guard lock(mutex_);
      waiting_.erase(agency);
    };
    try {
      Result result = read(begins);
      begins();
      outcome.set_value(result);
      return result;
    } catch (const LedgerFailed& error) {
      begins();
      outcome.set_value(Failed{error.what()});
      throw;
    } catch (const std::exception& error) {
      begins();
      outcome.set_value(Unavailable{error.what()});
      throw;
    }
  }

  static Result result_of(const Outcome& outcome) {
    if (const auto* failed = std::get_if<Failed>(&outcome)) throw LedgerFailed(failed->reason);
    if (const auto* unavailable = std::get_if<Unavailable>(&outcome)) {
      throw LedgerUnavailable(unavailable->reason);
    }
    return std::get<Result>(outcome);
  }

  std::mutex mutex_;
  std::map<AgencyId, std::shared_future<Outcome>> waiting_;  // reads that have not begun
};

}  // namespace lottery
