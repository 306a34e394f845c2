#pragma once

#include <Poco/Net/StreamSocket.h>

#include <string_view>

#include "protocol/request.h"

namespace lottery {

/// Sends an ERROR that begins with `busy: ` and says why the connection is not served, and closes
/// it. Never blocks: a new socket's buffer has room for the answer, and a peer that has
/// disconnected just misses it.
void turn_away(Poco::Net::StreamSocket socket, Dialect dialect, std::string_view reason);

}  // namespace lottery
