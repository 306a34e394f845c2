#include "service/connections/thread_shortage.h"

#include <chrono>
#include <cstdint>

#include "program/log.h"
#include "service/connections/turn_away.h"

namespace lottery {
namespace {

// A thread that can be started takes its connection within milliseconds.
constexpr std::chrono::seconds patience{2};

void turn_away_overdue(ConnectionRegistry& registry, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto overdue = registry.wait_for_overdue(patience, stop);
    if (overdue.empty()) continue;
    log().error(LogLine("accept_connection", "fail")
                    .field("connections", static_cast<std::int64_t>(overdue.size()))
                    .field("error", ThreadShortage::reason)
                    .text());
    for (const auto& waiting : overdue) {
      turn_away(waiting.socket, waiting.dialect, ThreadShortage::reason);
    }
  }
}

}  // namespace

ThreadShortage::ThreadShortage(ConnectionRegistry& registry)
    : watch_([&registry](const std::stop_token& stop) { turn_away_overdue(registry, stop); }) {}

}  // namespace lottery
