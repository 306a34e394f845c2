#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "protocol/agency_id.h"

namespace lottery::benchmark {

/// What peers send that want to keep the service busy.
enum class Question : std::uint8_t {
  resume,
  wrong_done,  ///< a DONE with books that are not the agency's: the service reads all of its bets
};

/// Peers that send one question for one agency without end, each on a connection and a thread of
/// its own, from the constructor to the destructor.
class AskingPeers {
 public:
  AskingPeers(std::uint16_t port, AgencyId agency, int count, Question question);
  ~AskingPeers();
  AskingPeers(const AskingPeers&) = delete;
  AskingPeers& operator=(const AskingPeers&) = delete;

  /// How many answers they have had so far. Throws std::runtime_error if one of them has got
  /// something else, or no more.
  std::int64_t answers() const;

 private:
  void ask_without_end(Question question);
  void resume();
  void declare_wrong_books();

  std::uint16_t port_;
  AgencyId agency_;
  std::atomic<std::int64_t> answers_ = 0;
  std::atomic<bool> ends_ = false;
  std::atomic<bool> has_failed_ = false;
  std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace lottery::benchmark
