#pragma once

#include <optional>
#include <string>

#include "service/status/status_settings.h"

namespace lottery {

/// Asks the service whether it is ready, over the status page at the address in `settings`. Returns
/// why it is not ready, or nothing if it is. Throws std::runtime_error, with a sentence for a
/// person, if the service can't be asked. Takes at most 6 seconds.
std::optional<std::string> ask_whether_ready(const StatusSettings& settings);

}  // namespace lottery
