#pragma once

#include <string>

#include "service/status/readiness.h"
#include "service/status/snapshot.h"
#include "service/status/status_sources.h"

namespace lottery {

/// All metrics, in Prometheus's text format 0.0.4. docs/monitoring.md has a table of them. Draws
/// and sizes come from `snapshot`. Any thread.
std::string metrics_page(const StatusSources& sources, const Snapshot& snapshot,
                         Readiness& readiness);

}  // namespace lottery
