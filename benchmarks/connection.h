#pragma once

#include <Poco/Net/StreamSocket.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/frame_reader.h"

namespace lottery::benchmark {

/// A connection to the service on this machine, for one thread that sends and waits. Calls throw
/// Poco::Exception if the connection breaks, or no answer comes within ten minutes.
class Connection {
 public:
  explicit Connection(std::uint16_t port);

  void send(std::string_view message);

  /// The next answer, until the next call. Throws std::runtime_error if the service has closed the
  /// connection.
  std::string_view receive();

  /// Throws std::runtime_error if the next answer begins with something else.
  void expect(std::string_view start);

 private:
  static constexpr std::size_t answer_bytes_max = 16UL * 1024 * 1024;

  Poco::Net::StreamSocket socket_;
  FrameReader frames_{answer_bytes_max};
};

}  // namespace lottery::benchmark
