#include "service/connections/thread_shortage.h"

#include <chrono>
#include <cstdint>
#include <string>

#include "service/connections/repeated_failure.h"
#include "service/connections/turn_away.h"

namespace lottery {
namespace {

// If a thread can be started, it takes its connection within milliseconds.
constexpr std::chrono::seconds patience{2};

void turn_away_overdue(ConnectionRegistry& registry, const std::stop_token& stop) {
  RepeatedFailure failure;
  while (!stop.stop_requested()) {
    const auto overdue = registry.wait_for_overdue(patience, stop);
    if (overdue.empty()) continue;
    failure.happened(std::string(ThreadShortage::reason), static_cast<std::int64_t>(overdue.size()),
                     RepeatedFailure::Clock::now());
    for (const auto& waiting : overdue) {
      turn_away(waiting.socket, waiting.dialect, ThreadShortage::reason);
    }
  }
}

}  // namespace

ThreadShortage::ThreadShortage(ConnectionRegistry& registry)
    : watch_([&registry](const std::stop_token& stop) { turn_away_overdue(registry, stop); }) {}

}  // namespace lottery
