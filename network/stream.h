#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "network/deadline.h"
#include "network/peer_certificate.h"

namespace lottery {

/// The reason why a wait for an event ended.
enum class EventWait : std::uint8_t {
  happened,
  peer_ended,  ///< closed or half-closed; the two can't be distinguished
  deadline,
};

/// A descriptor that never becomes readable, for Stream::wait_for_event().
constexpr int no_event = -1;

/// The two sides can't agree on a protocol. what() says why.
class HandshakeFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One side has refused the other side's certificate. Trying again does not help.
class CertificateRefused : public HandshakeFailed {
 public:
  using HandshakeFailed::HandshakeFailed;
};

/// A connection to a peer: an ordered stream of bytes in each direction. Every wait has a deadline.
/// An implementation may also have an Interruption, which ends its waits with Interrupted.
///
/// Errors of the connection are std::system_error. After such an error, or after send_all() has
/// thrown anything, nothing more can be sent.
///
/// An implementation may buffer bytes that it has read, and may have to write in order to read. So
/// no other code may wait on its descriptor, and there is no access to it. One thread at a time,
/// except where noted.
class Stream {
 public:
  Stream() = default;
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Performs what a connection begins with: the handshake in TLS. Call it before sending or
  /// receiving. Returns the peer's accepted certificate, or nothing if this kind of stream has
  /// none. Throws TimedOut and HandshakeFailed; then the peer has been told, and linger() gives it
  /// time to read that.
  virtual std::optional<PeerCertificate> begin(Deadline deadline) = 0;

  /// The reason why begin() would now refuse the peer; empty if it would not. Any thread.
  virtual std::optional<std::string> why_refused_now() const { return {}; }

  /// Waits until there are bytes, and reads as many as are there and fit. Returns 0 if the peer has
  /// ended its side. Reads what has arrived even after the deadline. Throws TimedOut.
  virtual std::size_t receive_some(std::span<char> into, Deadline deadline) = 0;

  /// Reads what is there, without waiting. Returns nothing if nothing has arrived or if the next
  /// receive_some() would throw; 0 if the peer has ended its side.
  virtual std::optional<std::size_t> receive_now(std::span<char> into) noexcept = 0;

  /// Writes all of `bytes`. Writes what it can write without waiting even after the deadline.
  /// Throws TimedOut.
  virtual void send_all(std::string_view bytes, Deadline deadline) = 0;

  /// Waits until `event` (a descriptor, or `no_event`) is readable, the peer has ended its side,
  /// stop_receiving() was called, or `deadline` passes. Reads nothing: incoming bytes do not end
  /// the wait, and remain for the next receive_some().
  virtual EventWait wait_for_event(int event, Deadline deadline) = 0;

  /// Ends this side, and discards incoming bytes until the peer has ended its side or `deadline`
  /// passes. Closing at once would reset the connection if there are unread bytes, and the peer
  /// would lose the last answers. Throws TimedOut if the peer sends nothing and does not end its
  /// side.
  virtual void linger(Deadline deadline) = 0;

  /// Ends waits for the peer: receive_some() returns what has already arrived, and then 0. Answers
  /// can still be sent. Any thread.
  virtual void stop_receiving() noexcept = 0;

  /// Closes both directions at once. Any thread.
  virtual void cut() noexcept = 0;

  /// The peer's `address:port`, for the log; `unknown` if the peer had disconnected before it was
  /// determined.
  virtual const std::string& peer() const noexcept = 0;
};

}  // namespace lottery
