#pragma once

#include <optional>
#include <string>

#include "service/status/status_settings.h"

namespace lottery {

/// Asks the service whose status page is at the address that `settings` name whether it is ready.
/// Returns what keeps it from that, or nothing if it is ready. Throws std::runtime_error, with a
/// sentence, if it can't be asked. Takes 6 seconds at most.
std::optional<std::string> ask_whether_ready(const StatusSettings& settings);

}  // namespace lottery
