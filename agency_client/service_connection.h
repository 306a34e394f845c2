#pragma once

#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "agency_client/stop_signal.h"
#include "protocol/answer.h"
#include "protocol/frame_reader.h"

namespace lottery {

/// The service can't be reached, or does not answer.
class ServiceUnreachable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ServiceAddress {
  std::string host_and_port;                ///< `127.0.0.1:12345`, or a name
  std::chrono::seconds reach_timeout{60};   ///< how long to go on trying to reach it
  std::chrono::seconds answer_timeout{60};  ///< how long one answer may take
};

/// A connection to the service: questions and their answers, one at a time. Every wait ends with
/// Interrupted (deadline_io.h) when a stop signal has come. One thread.
class ServiceConnection {
 public:
  /// `stop` must outlive the connection.
  ServiceConnection(ServiceAddress address, const StopSignal& stop);

  /// Connects, where it is not connected: tries again with growing pauses, and logs them, until
  /// reach_timeout has passed. Throws ServiceUnreachable then.
  void connect();

  /// Sends `message`, which has its CR LF, and waits for the answer, which lives until the next
  /// call. Throws ServiceUnreachable, and closes the connection, where either fails: whether the
  /// service has acted on the message is not known then.
  Answer ask(std::string_view message);

  void close() noexcept;

  bool is_connected() const noexcept { return socket_ != nullptr; }

 private:
  /// One attempt. Throws std::exception of some kind.
  void connect_once(std::chrono::steady_clock::time_point deadline);

  ServiceAddress address_;
  const StopSignal& stop_;
  std::unique_ptr<Poco::Net::StreamSocket> socket_;
  FrameReader frames_;
};

}  // namespace lottery
