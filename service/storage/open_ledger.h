#pragma once

#include <functional>
#include <memory>
#include <string>

#include "service/ledger.h"
#include "service/service_settings.h"

namespace lottery {

/// Opens the ledger that `settings` describe, in its engine, and logs that. `on_failure` is called
/// once if the ledger fails; see SqliteLedger. Throws std::exception, with a sentence for a person,
/// if the ledger can't be opened.
std::unique_ptr<Ledger> open_ledger(const ServiceSettings& settings,
                                    std::function<void(const std::string&)> on_failure);

}  // namespace lottery
