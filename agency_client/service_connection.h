#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "network/interruption.h"
#include "network/stream.h"
#include "network/tls/tls_client.h"
#include "protocol/answer.h"
#include "protocol/frame_reader.h"

namespace lottery {

/// The service can't be reached, or does not answer.
class ServiceUnreachable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The service can't be reached, or has turned this peer away: nothing has happened there.
class ServiceUnavailable : public ServiceUnreachable {
 public:
  using ServiceUnreachable::ServiceUnreachable;
};

/// The service has answered an ERROR that begins with `busy: `: it has stored nothing of the
/// message, and may do so later.
class TurnedAway : public ServiceUnavailable {
 public:
  using ServiceUnavailable::ServiceUnavailable;
};

/// A message has been sent, in part at least, and its answer has not come: it is not known whether
/// the service has acted on it.
class AnswerLost : public ServiceUnreachable {
 public:
  using ServiceUnreachable::ServiceUnreachable;
};

/// How to get to the service.
struct ServiceAccess {
  /// One at least, each `127.0.0.1:12345` or with a name. Several are those of services that share
  /// one database.
  std::vector<std::string> addresses;
  std::optional<TlsFiles> tls{};            ///< nothing: plaintext
  std::chrono::seconds answer_timeout{60};  ///< how long one answer may take
};

/// A connection to the service: questions and their answers, which come in the order of the
/// questions. There is one connection at a time, to one of the service's addresses: to the first of
/// them, until use_next_address() is called. Every wait may end with Interrupted. One thread.
class ServiceConnection {
 public:
  /// Throws TlsFileError.
  ServiceConnection(ServiceAccess access, Interruption stop);

  /// Connects to address() if it is not connected; one attempt. If the service has closed the
  /// connection since its last answer, connects again: a close without an unanswered message is no
  /// failure. Throws ServiceUnavailable and CertificateRefused.
  void connect();

  /// For services that may close each connection after its answer, and messages that must not be
  /// lost: waits for that close, if no message is unanswered. The first call finds out
  /// within 100 ms whether the service does that; if it does not, later calls return at once.
  /// Throws Interrupted.
  void await_habitual_close();

  /// Sends `message`, which has its CR LF, and does not wait for its answer. Throws AnswerLost; the
  /// connection is closed then.
  void send(std::string_view message);

  /// Waits for the answer to the oldest message that has none yet; it lives until the next call.
  /// The service may hold the answer back for `held_max`, which is added to the answer timeout.
  /// Throws AnswerLost, TurnedAway or CertificateRefused; the connection is closed then.
  Answer receive(std::chrono::seconds held_max = std::chrono::seconds::zero());

  /// Sends `message` and waits for its answer, as receive() does. There must be no other message
  /// without one.
  Answer ask(std::string_view message,
             std::chrono::seconds held_max = std::chrono::seconds::zero());

  void close() noexcept;

  /// Closes the connection. The next one is to the address after this one; the first address comes
  /// after the last.
  void use_next_address() noexcept;

  /// The address that is connected to, or that connect() tries.
  const std::string& address() const noexcept { return access_.addresses[current_]; }

  std::size_t address_count() const noexcept { return access_.addresses.size(); }

  bool is_connected() const noexcept { return stream_ != nullptr; }

 private:
  using Clock = std::chrono::steady_clock;

  /// What the service does with a connection after it has answered.
  enum class Habit : std::uint8_t { unknown, stays_open, closes };

  /// Calls `step` with the deadline of something that may take `time_max`, and closes the
  /// connection if that throws: the answer is lost then.
  template <typename Step>
  auto closing_on_failure(std::chrono::seconds time_max, Step step);

  /// Closes the connection if the service has closed it, or does so until `deadline`. No message
  /// must be unanswered. Throws Interrupted.
  void close_if_service_has_closed(Deadline deadline);

  /// The next message that comes. Throws TimedOut or std::runtime_error.
  std::string_view receive_message(Deadline deadline);

  /// A new connection, after the handshake if there is one.
  std::unique_ptr<Stream> begin_stream();

  ServiceAccess access_;
  std::size_t current_ = 0;  // of access_.addresses
  std::optional<TlsClient> tls_;
  Interruption stop_;
  std::unique_ptr<Stream> stream_;  // null: not connected
  FrameReader frames_;
  int unanswered_ = 0;        // messages sent that have no answer yet
  bool is_answered_ = false;  // an answer has come on this connection
  Habit habit_ = Habit::unknown;
};

}  // namespace lottery
