#pragma once

#include <optional>
#include <string>

#include "service/status/status_settings.h"

namespace lottery {

/// Asks the service with the status page that `settings` name whether it is ready. Returns the
/// reason why not, or nothing if it is ready. Throws std::runtime_error, with a sentence, if the
/// service can't be asked. Takes at most 6 seconds.
std::optional<std::string> ask_whether_ready(const StatusSettings& settings);

}  // namespace lottery
