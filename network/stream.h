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

/// What ended a wait for an event.
enum class EventWait : std::uint8_t {
  happened,
  peer_ended,  ///< it has gone, or has ended its side: the two can't be told apart
  deadline,
};

/// A descriptor that never becomes readable, for Stream::wait_for_event().
constexpr int no_event = -1;

/// The two sides do not agree on how to speak with each other. what() says why.
class HandshakeFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One of the two sides has refused the other one's certificate: trying again does not help.
class CertificateRefused : public HandshakeFailed {
 public:
  using HandshakeFailed::HandshakeFailed;
};

/// A connection to a peer: bytes both ways, in order. Every wait has a deadline. An implementation
/// may also have an Interruption, which ends its waits with Interrupted.
///
/// Errors of the connection are std::system_error. After one, or after a send_all() that has thrown
/// anything, no more can be sent.
///
/// An implementation may hold bytes that it has read and not handed out yet, and may write in order
/// to read. Therefore nobody else waits on its descriptor, and there is no access to it. One thread
/// at a time, except for stop_receiving() and cut().
class Stream {
 public:
  Stream() = default;
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// What comes first on a connection: with TLS, the handshake. Nothing can be sent or received
  /// before. Returns the certificate of the peer, which was accepted, or nothing if this kind of
  /// stream knows none. Throws TimedOut and HandshakeFailed; the peer has been told then, and
  /// linger() lets it read that.
  virtual std::optional<PeerCertificate> begin(Deadline deadline) = 0;

  /// Why the peer would be refused by begin() now; nothing if it would not. Any thread.
  virtual std::optional<std::string> why_refused_now() const { return {}; }

  /// Waits until there are bytes, and reads as many as there are and fit; returns 0 once the peer
  /// has ended its side. What has come is read even if the deadline has passed. Throws TimedOut.
  virtual std::size_t receive_some(std::span<char> into, Deadline deadline) = 0;

  /// Reads what there is, without waiting. Returns nothing if nothing has come, or if the next
  /// receive_some() would throw; 0 once the peer has ended its side.
  virtual std::optional<std::size_t> receive_now(std::span<char> into) noexcept = 0;

  /// Writes all of `bytes`. As many as need no wait are written even if the deadline has passed.
  /// Throws TimedOut.
  virtual void send_all(std::string_view bytes, Deadline deadline) = 0;

  /// Waits until `event`, a descriptor or `no_event`, is readable, until the peer has ended its
  /// side (or stop_receiving() was called), or until `deadline`. Reads nothing: bytes that come do
  /// not end the wait, and are there for the next receive_some().
  virtual EventWait wait_for_event(int event, Deadline deadline) = 0;

  /// Ends this side, and drops what still comes until the peer has ended its side, or until
  /// `deadline`. Closing at once would reset the connection if unread bytes are there, and the peer
  /// would lose the last answers. Throws TimedOut if the peer sends nothing and does not end.
  virtual void linger(Deadline deadline) = 0;

  /// Ends the waits for the peer: receive_some() returns what has come already, and then 0. Answers
  /// can still be sent. Any thread.
  virtual void stop_receiving() noexcept = 0;

  /// Ends both directions at once. Any thread.
  virtual void cut() noexcept = 0;

  /// The peer's `address:port`, for the log; `unknown` if it had gone before it was asked for.
  virtual const std::string& peer() const noexcept = 0;
};

}  // namespace lottery
