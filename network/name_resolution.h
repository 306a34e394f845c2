#pragma once

#include <Poco/Net/SocketAddress.h>

#include <string>
#include <vector>

#include "network/deadline.h"
#include "network/interruption.h"

namespace lottery {

/// The addresses of `host_and_port` (`127.0.0.1:12345`, `[::1]:12345`, or a name and a port), IPv6
/// and IPv4, in the system's order of preference. At least one.
///
/// The system's resolver can block for a minute and can't be interrupted, so it runs on a thread of
/// its own. If the wait ends early, that thread is abandoned: it ends when the resolver returns, or
/// with the process.
///
/// Throws std::runtime_error with the resolver's reason, std::system_error if no thread can be
/// started, TimedOut, and Interrupted.
std::vector<Poco::Net::SocketAddress> resolve(const std::string& host_and_port, Deadline deadline,
                                              Interruption interruption);

}  // namespace lottery
