#include "service/connections/turn_away.h"

#include <chrono>
#include <exception>
#include <string>

#include "network/plain_stream.h"
#include "protocol/answer.h"

namespace lottery {

void turn_away(Poco::Net::StreamSocket socket, Dialect dialect, std::string_view reason) {
  std::string answer;
  append_error(answer, dialect, std::string(busy_prefix).append(reason));
  try {
    const Deadline no_wait = std::chrono::steady_clock::now();
    PlainStream(socket).send_all(answer, no_wait);
  } catch (const std::exception&) {
    // The peer has disconnected.
  }
  socket.close();
}

}  // namespace lottery
