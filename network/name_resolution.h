#pragma once

#include <Poco/Net/SocketAddress.h>

#include <string>
#include <vector>

#include "network/deadline.h"
#include "network/interruption.h"

namespace lottery {

/// The addresses of `host_and_port`, IPv6 and IPv4, one at least, in the order in which the system
/// wants them tried: `127.0.0.1:12345`, `[::1]:12345`, or a name in the place of the number.
///
/// The system's resolver can block for a minute and can't be interrupted, so it runs in a thread of
/// its own. That thread is left alone if the wait for it ends early: it ends with the resolver's
/// answer, or with the process.
///
/// Throws std::runtime_error with the resolver's reason, std::system_error if no thread can be
/// started, TimedOut and Interrupted.
std::vector<Poco::Net::SocketAddress> resolve(const std::string& host_and_port, Deadline deadline,
                                              Interruption interruption);

}  // namespace lottery
