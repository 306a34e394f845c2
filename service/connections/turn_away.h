#pragma once

#include <Poco/Net/StreamSocket.h>

#include <string_view>

#include "protocol/request.h"

namespace lottery {

/// Tells a connection that is not served why, with an ERROR that begins with `busy: `, and closes
/// it. Does not wait: a new socket has room for the answer, and a peer that has gone misses it.
void turn_away(Poco::Net::StreamSocket socket, Dialect dialect, std::string_view reason);

}  // namespace lottery
