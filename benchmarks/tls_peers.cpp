#include "benchmarks/tls_peers.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <future>
#include <stdexcept>
#include <string>

#include "network/connect.h"

namespace lottery::benchmark {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int threads = 8;
constexpr std::chrono::seconds phase_time_max{60};

}  // namespace

TlsPeers::TlsPeers(std::uint16_t port, const TlsFiles& files, int count)
    : tls_(files), streams_(static_cast<std::size_t>(count)) {
  const std::string address = "127.0.0.1:" + std::to_string(port);
  const auto began_at = Clock::now();
  std::vector<std::future<void>> parts;
  for (std::size_t first = 0; first < threads; ++first) {
    parts.push_back(std::async(std::launch::async, [&, first] {
      for (std::size_t i = first; i < streams_.size(); i += threads) {
        streams_[i] = tls_.connect(connect(address, {}), "127.0.0.1");
        streams_[i]->begin(Clock::now() + phase_time_max);
      }
    }));
  }
  for (std::future<void>& part : parts) part.get();
  seconds_ = std::chrono::duration<double>(Clock::now() - began_at).count();
}

void TlsPeers::send(std::string_view message) {
  const auto deadline = Clock::now() + phase_time_max;
  for (const auto& stream : streams_) {
    stream->send_all(message, deadline);
    std::array<char, 256> answer{};
    if (stream->receive_some(answer, deadline) == 0) {
      throw std::runtime_error("the service has closed a connection over TLS");
    }
  }
}

}  // namespace lottery::benchmark
