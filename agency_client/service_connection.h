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

/// The service can't be reached or does not answer.
class ServiceUnreachable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The service can't be reached or has turned this peer away. Nothing has happened there.
class ServiceUnavailable : public ServiceUnreachable {
 public:
  using ServiceUnreachable::ServiceUnreachable;
};

/// The service has answered an ERROR that begins with `busy: `. It has stored nothing of the
/// message, and may store it later.
class TurnedAway : public ServiceUnavailable {
 public:
  using ServiceUnavailable::ServiceUnavailable;
};

/// A message has been sent, at least in part, and its answer has not arrived: whether the service
/// has acted on it is unknown.
class AnswerLost : public ServiceUnreachable {
 public:
  using ServiceUnreachable::ServiceUnreachable;
};

/// How to reach the service.
struct ServiceAccess {
  /// At least one address, each `127.0.0.1:12345` or with a name. Several addresses are those of
  /// services that share one database.
  std::vector<std::string> addresses;
  std::optional<TlsFiles> tls{};            ///< empty: plaintext
  std::chrono::seconds answer_timeout{60};  ///< for each answer
};

/// A connection to the service, for messages and their answers, which arrive in the order of the
/// messages. There is one connection at a time, to one of the service's addresses: the first one
/// until use_next_address() is called. Every wait may throw Interrupted. One thread.
class ServiceConnection {
 public:
  /// Throws TlsFileError.
  ServiceConnection(ServiceAccess access, Interruption stop);

  /// Connects to address() if not connected, with one attempt. If the service has closed the
  /// connection since its last answer, connects again: closing with no answer outstanding is not a
  /// failure. Throws ServiceUnavailable and CertificateRefused.
  void connect();

  /// For services that may close the connection after each answer, and messages that must not be
  /// lost: waits for that close if no answer is outstanding. The first call finds out within 100 ms
  /// whether the service closes; if it does not, later calls return at once. Throws Interrupted.
  void await_habitual_close();

  /// Sends `message`, including its CR LF, without waiting for its answer. Throws AnswerLost; then
  /// the connection is closed.
  void send(std::string_view message);

  /// Waits for the answer to the oldest message without one. The answer is valid until the next
  /// call. The service may delay the answer by `held_max`, which is added to the answer timeout.
  /// Throws AnswerLost, TurnedAway or CertificateRefused; then the connection is closed.
  Answer receive(std::chrono::seconds held_max = std::chrono::seconds::zero());

  /// Sends `message` and waits for its answer as receive() does. No other answer may be
  /// outstanding.
  Answer ask(std::string_view message,
             std::chrono::seconds held_max = std::chrono::seconds::zero());

  void close() noexcept;

  /// Closes the connection. The next connection is to the address after this one; the first address
  /// follows the last.
  void use_next_address() noexcept;

  /// The address that is connected, or that connect() will try.
  const std::string& address() const noexcept { return access_.addresses[current_]; }

  std::size_t address_count() const noexcept { return access_.addresses.size(); }

  bool is_connected() const noexcept { return stream_ != nullptr; }

 private:
  using Clock = std::chrono::steady_clock;

  /// What the service does with a connection after an answer.
  enum class Habit : std::uint8_t { unknown, stays_open, closes };

  /// Calls `step` with a deadline in `time_max`, and closes the connection if `step` throws,
  /// because the answer is then lost.
  template <typename Step>
  auto closing_on_failure(std::chrono::seconds time_max, Step step);

  /// Closes the connection if the service has closed it, or closes it before `deadline`. No answer
  /// may be outstanding. Throws Interrupted.
  void close_if_service_has_closed(Deadline deadline);

  /// The next message from the service. Throws TimedOut or std::runtime_error.
  std::string_view receive_message(Deadline deadline);

  /// A new connection, after its handshake if there is one.
  std::unique_ptr<Stream> begin_stream();

  ServiceAccess access_;
  std::size_t current_ = 0;  // index into access_.addresses
  std::optional<TlsClient> tls_;
  Interruption stop_;
  std::unique_ptr<Stream> stream_;  // null: not connected
  FrameReader frames_;
  int unanswered_ = 0;        // messages without an answer
  bool is_answered_ = false;  // whether an answer has arrived on this connection
  Habit habit_ = Habit::unknown;
};

}  // namespace lottery
