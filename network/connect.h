#pragma once

#include <memory>
#include <string>

#include "network/interruption.h"
#include "network/stream.h"

namespace lottery {

/// Connects to `host_and_port` (`127.0.0.1:12345`, `[::1]:12345`, or a name); one attempt at each
/// of its addresses, IPv6 and IPv4, until one succeeds. Gives up after 30 seconds without the
/// name's addresses, and after 10 seconds without a connection: each address has an equal part of
/// what is left of them. `interruption` ends these waits and those of the stream.
///
/// Throws Interrupted; otherwise std::exception or Poco::Exception, which says what went wrong at
/// each address.
std::unique_ptr<Stream> connect(const std::string& host_and_port, Interruption interruption);

}  // namespace lottery
