#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "network/stream.h"
#include "network/tls/openssl.h"
#include "network/tls/tls_context.h"

namespace lottery {

/// A stream over TLS 1.3. OpenSSL reads and writes memory buffers, and another stream, which has
/// the deadlines, transports the bytes. So every call ends at its one deadline, however a peer
/// splits its records.
///
/// A peer that ends its side without close_notify counts as ended. Every message has an end mark,
/// so a truncated message is never taken for a whole one.
class TlsStream : public Stream {
 public:
  std::size_t receive_some(std::span<char> into, Deadline deadline) override;
  std::optional<std::size_t> receive_now(std::span<char> into) noexcept override;
  void send_all(std::string_view bytes, Deadline deadline) override;
  EventWait wait_for_event(int event, Deadline deadline) override;
  void linger(Deadline deadline) override;
  void stop_receiving() noexcept override { wire_->stop_receiving(); }
  void cut() noexcept override { wire_->cut(); }
  const std::string& peer() const noexcept override { return wire_->peer(); }

 protected:
  /// A certificate of the peer that was rejected.
  struct Refused {
    int error = 0;  ///< an X509_V_ERR_...
    std::string certificate;
  };

  TlsStream(std::unique_ptr<Stream> wire, const TlsContext& context);

  SSL& ssl() const noexcept { return *ssl_; }
  Stream& wire() const noexcept { return *wire_; }
  const std::optional<Refused>& refused() const noexcept { return refused_; }

  /// Performs the handshake. Throws TimedOut, std::system_error, and what fail() throws.
  void shake_hands(Deadline deadline);

 private:
  /// Throws the exception for OpenSSL's errors in this thread.
  [[noreturn]] virtual void fail() = 0;

  /// Throws the exception for a peer whose first `bytes` are not TLS.
  [[noreturn]] virtual void fail_without_tls(std::string_view bytes, Deadline deadline) = 0;

  /// Reads from the wire and passes the bytes to OpenSSL. Returns them, or nothing if the peer has
  /// ended its side. Valid until the next call. Throws TimedOut.
  std::string_view receive_from_wire(Deadline deadline);

  /// Sends what OpenSSL has written.
  void send_written(Deadline deadline);

  static int check_certificate(int is_accepted, X509_STORE_CTX* verification);

  std::unique_ptr<Stream> wire_;
  OpenSsl<SSL> ssl_;
  std::optional<Refused> refused_;
  bool has_peer_ended_ = false;
};

}  // namespace lottery
