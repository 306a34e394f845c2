#pragma once

#include <memory>
#include <string>

#include "network/interruption.h"
#include "network/stream.h"

namespace lottery {

/// Connects to `host_and_port` (`127.0.0.1:12345`, `[::1]:12345`, or a name), with one attempt at
/// each of its addresses, IPv6 and IPv4, until one succeeds. Gives up if the name is not resolved
/// within 30 seconds, or if no connection is made within 10 seconds after that; the addresses share
/// these 10 seconds equally. `interruption` ends these waits and those of the stream.
///
/// Throws Interrupted; otherwise std::exception or Poco::Exception, which says what failed at each
/// address.
std::unique_ptr<Stream> connect(const std::string& host_and_port, Interruption interruption);

}  // namespace lottery
