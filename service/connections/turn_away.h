#pragma once

#include <Poco/Net/StreamSocket.h>

#include <string_view>

#include "protocol/request.h"

namespace lottery {

/// Tells a connection why it is not served, with an ERROR that begins with `busy: `, and closes it.
/// Does not block: a new socket has room for the answer, and a peer that has disconnected misses
/// it.
void turn_away(Poco::Net::StreamSocket socket, Dialect dialect, std::string_view reason);

}  // namespace lottery
