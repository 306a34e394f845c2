#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "benchmarks/connection.h"
#include "protocol/agency_id.h"

namespace lottery::benchmark {

/// Peers that send RESUME for one agency without end, each on a connection and a thread of its own,
/// from the constructor to the destructor.
class ResumingPeers {
 public:
  ResumingPeers(std::uint16_t port, AgencyId agency, int count);
  ~ResumingPeers();
  ResumingPeers(const ResumingPeers&) = delete;
  ResumingPeers& operator=(const ResumingPeers&) = delete;

  /// How many answers they have had so far. Throws std::runtime_error if one of them has got
  /// something else, or no more.
  std::int64_t answers() const;

 private:
  void ask(Connection& connection, const std::string& question);

  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::thread> threads_;
  std::atomic<std::int64_t> answers_ = 0;
  std::atomic<bool> ends_ = false;
  std::atomic<bool> has_failed_ = false;
};

}  // namespace lottery::benchmark
