#include "network/tls/tls_stream.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <new>
#include <system_error>
#include <utility>

#include "network/tls/certificate.h"

namespace lottery {
namespace {

// Record types (RFC 8446, 5.1).
constexpr char alert_record = 0x15;
constexpr char handshake_record = 0x16;

constexpr std::size_t record_bytes_max = 16UL * 1024;

// The number of bytes read at once. OpenSSL keeps as much memory for each connection: with whole
// records, 1,000 idle connections took 128 MiB.
constexpr std::size_t wire_bytes_max = 8UL * 1024;

// One thread uses a stream at a time, and the bytes read are copied before the next read.
thread_local std::array<char, wire_bytes_max> wire_bytes;

int to_int(std::size_t size) { return static_cast<int>(size); }

bool has_passed(Deadline deadline) { return std::chrono::steady_clock::now() >= deadline; }

}  // namespace

TlsStream::TlsStream(std::unique_ptr<Stream> wire, const TlsContext& context)
    : wire_(std::move(wire)), ssl_(SSL_new(&context.context())) {
  OpenSsl<BIO> received(BIO_new(BIO_s_mem()));
  OpenSsl<BIO> written(BIO_new(BIO_s_mem()));
  if (ssl_ == nullptr || received == nullptr || written == nullptr) throw std::bad_alloc();
  SSL_set_bio(ssl_.get(), received.release(), written.release());
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_verify(ssl_.get(), SSL_get_verify_mode(ssl_.get()), &check_certificate);
}

int TlsStream::check_certificate(int is_accepted, X509_STORE_CTX* verification) {
  if (is_accepted == 1) return 1;
  const auto* const ssl = static_cast<SSL*>(
      X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& stream = *static_cast<TlsStream*>(SSL_get_app_data(ssl));
  if (stream.refused_) return 0;
  stream.refused_ = Refused{.error = X509_STORE_CTX_get_error(verification), .certificate = {}};
  if (X509* const leaf = X509_STORE_CTX_get0_cert(verification)) {
    const PeerCertificate described = describe(*leaf);
    stream.refused_->certificate =
        "the certificate of " + described.subject + ", serial number " + described.serial;
  }
  return 0;
}

std::string_view TlsStream::receive_from_wire(Deadline deadline) {
  const std::size_t received = wire_->receive_some(wire_bytes, deadline);
  if (received == 0) {
    has_peer_ended_ = true;
    return {};
  }
  if (BIO_write(SSL_get_rbio(ssl_.get()), wire_bytes.data(), to_int(received)) !=
      to_int(received)) {
    throw std::bad_alloc();
  }
  return {wire_bytes.data(), received};
}

void TlsStream::send_written(Deadline deadline) {
  BIO* const written = SSL_get_wbio(ssl_.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(written, &bytes);
  if (size <= 0) return;
  wire_->send_all({bytes, static_cast<std::size_t>(size)}, deadline);
  BIO_reset(written);
}

void TlsStream::shake_hands(Deadline deadline) {
  bool is_first = true;
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    const bool is_failure = result != 1 && SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ;
    if (is_failure) {
      try {
        send_written(deadline);  // sends the alert
      } catch (const std::system_error&) {
        // The peer has disconnected and needs no alert.
      }
      fail();
    }
    send_written(deadline);
    if (result == 1) return;
    // A peer that sends byte by byte always has something to read, so check the deadline here.
    if (has_passed(deadline)) throw TimedOut();
    const std::string_view received = receive_from_wire(deadline);
    if (received.empty()) {
      throw HandshakeFailed("the peer has ended the connection during the TLS handshake");
    }
    if (std::exchange(is_first, false) && received.front() != handshake_record &&
        received.front() != alert_record) {
      fail_without_tls(received, deadline);
    }
  }
}

std::size_t TlsStream::receive_some(std::span<char> into, Deadline deadline) {
  // Bytes that have arrived are read once even after the deadline.
  bool is_last_try = false;
  for (;;) {
    ERR_clear_error();
    const int result = SSL_read(ssl_.get(), into.data(), to_int(into.size()));
    if (result > 0) return static_cast<std::size_t>(result);
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_ZERO_RETURN) has_peer_ended_ = true;
    if (error != SSL_ERROR_ZERO_RETURN && error != SSL_ERROR_WANT_READ) fail();
    if (has_peer_ended_) return 0;
    send_written(deadline);
    if (is_last_try) throw TimedOut();
    is_last_try = has_passed(deadline);
    receive_from_wire(deadline);
  }
}

std::optional<std::size_t> TlsStream::receive_now(std::span<char> into) noexcept {
  for (;;) {
    ERR_clear_error();
    const int result = SSL_read(ssl_.get(), into.data(), to_int(into.size()));
    if (result > 0) return static_cast<std::size_t>(result);
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_ZERO_RETURN) has_peer_ended_ = true;
    if (error != SSL_ERROR_ZERO_RETURN && error != SSL_ERROR_WANT_READ) return {};
    if (has_peer_ended_) return 0;
    const auto received = wire_->receive_now(wire_bytes);
    if (!received) return {};
    if (*received == 0) has_peer_ended_ = true;
    const int bytes = to_int(*received);
    if (bytes > 0 && BIO_write(SSL_get_rbio(ssl_.get()), wire_bytes.data(), bytes) != bytes) {
      wire_->cut();  // no memory for the received bytes
      return {};
    }
  }
}

void TlsStream::send_all(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const std::string_view record = bytes.substr(0, record_bytes_max);
    ERR_clear_error();
    if (SSL_write(ssl_.get(), record.data(), to_int(record.size())) != to_int(record.size())) {
      throw std::system_error(std::make_error_code(std::errc::protocol_error), openssl_problem());
    }
    send_written(deadline);
    bytes.remove_prefix(record.size());
  }
}

EventWait TlsStream::wait_for_event(int event, Deadline deadline) {
  if (has_peer_ended_) return EventWait::peer_ended;
  return wire_->wait_for_event(event, deadline);
}

void TlsStream::linger(Deadline deadline) {
  if (SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // sends close_notify
    ERR_clear_error();
    send_written(deadline);
  }
  wire_->linger(deadline);
}

}  // namespace lottery
