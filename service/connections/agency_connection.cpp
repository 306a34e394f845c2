#include "service/connections/agency_connection.h"

#include <chrono>
#include <exception>
#include <optional>
#include <system_error>
#include <utility>

#include "program/log.h"
#include "protocol/answer.h"
#include "protocol/frame_reader.h"
#include "service/connections/session.h"
#include "text/printable.h"

namespace lottery {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds linger_max{1};

// The first byte of a TLS connection. No message begins with it.
constexpr char tls_handshake_record = 0x16;

// A TLS record with the fatal alert protocol_version (RFC 8446, 6.2).
constexpr std::string_view tls_alert_protocol_version("\x15\x03\x03\x00\x02\x02\x46", 7);

}  // namespace

AgencyConnection::AgencyConnection(const Poco::Net::StreamSocket& socket,
                                   std::unique_ptr<Stream> stream, const Service& service,
                                   Dialect dialect)
    : TCPServerConnection(socket),
      service_(service),
      dialect_(dialect),
      registration_(service.registry, socket, std::move(stream)),
      stream_(registration_.stream()) {}

void AgencyConnection::run() {
  try {
    switch (registration_.admission()) {
      case ConnectionRegistry::Admission::served:
        serve(begin());
        break;
      case ConnectionRegistry::Admission::full:
        turn_away("the service is full: it serves " +
                  std::to_string(service_.limits.connections_max) + " connections at once");
        break;
      case ConnectionRegistry::Admission::address_full:
        turn_away("the service is full for this address: it serves " +
                  std::to_string(service_.limits.connections_per_address_max) +
                  " connections of one at once (service.max_connections_per_address)");
        break;
      case ConnectionRegistry::Admission::closed:
        break;
    }
  } catch (const HandshakeFailed& error) {
    service_.metrics.handshakes_failed.Increment();
    log().warning(LogLine("handshake", "fail")
                      .field("peer", stream_.peer())
                      .field("error", as_reason(error.what()))
                      .text());
  } catch (const TimedOut& error) {
    log().information(LogLine("close_connection", "success")
                          .field("peer", stream_.peer())
                          .field("reason", error.what())
                          .text());
  } catch (const std::system_error& error) {
    // The peer has disconnected, with or without an unfinished message.
    log().debug(LogLine("close_connection", "success")
                    .field("peer", stream_.peer())
                    .field("reason", error.what())
                    .text());
  } catch (const std::exception& error) {
    log().error(LogLine("close_connection", "fail")
                    .field("peer", stream_.peer())
                    .field("error", error.what())
                    .text());
  }
}

std::optional<PeerCertificate> AgencyConnection::begin() {
  const Deadline deadline = steady_clock::now() + service_.limits.handshake_timeout;
  try {
    return stream_.begin(deadline);
  } catch (const HandshakeFailed&) {
    // Gives the peer time to read the alert.
    linger();
    throw;
  }
}

void AgencyConnection::serve(std::optional<PeerCertificate> certificate) {
  FrameReader frames(service_.limits.message_bytes_max,
                     dialect_ == Dialect::single_bet ? MessageEnd::lf : MessageEnd::cr_lf);
  const bool is_encrypted = certificate.has_value();
  Session session(service_.lottery, service_.metrics, stream_.peer(), dialect_,
                  std::move(certificate));
  Deadline deadline = deadline_from_now();
  bool was_inside_message = false;
  bool has_sent_valid_message = false;
  bool is_first_read = true;

  for (;;) {
    // Messages that have already arrived are handled before anything is flushed, so they share one
    // sync.
    const bool flushes =
        session.is_flushed() || session.is_full() || service_.registry.is_stopping();
    auto bytes = flushes ? std::nullopt : stream_.receive_now(frames.space());
    if (!bytes || *bytes == 0) {
      send_answers(session);
      if (bytes) return refuse_lf_only(session, frames);
      if (session.is_over() || service_.registry.is_stopping()) return linger();
      session.release_memory();
      if (!frames.inside_message()) deadline = deadline_from_now();  // for silence
      try {
        bytes = stream_.receive_some(frames.space(), deadline);
      } catch (const TimedOut&) {
        refuse_lf_only(session, frames);
        throw;
      }
      if (*bytes == 0) return refuse_lf_only(session, frames);
    }
    auto read_at = steady_clock::now();
    if (std::exchange(is_first_read, false) && !is_encrypted &&
        frames.space().front() == tls_handshake_record) {
      return refuse_tls();
    }
    frames.received(*bytes);

    bool message_ended = false;
    while (const auto message = frames.next()) {
      message_ended = true;
      session.handle(*message);
      if (!has_sent_valid_message && session.has_taken_message()) {
        has_sent_valid_message = true;
        registration_.has_sent_valid_message();
      }
      if (session.is_full()) send_answers(session);
      if (session.awaited_draw() != nullptr) {
        frames.release_memory();
        await_draw(session);
        read_at = steady_clock::now();  // nothing was read meanwhile
      }
      if (session.is_over()) break;
      if (session.pause() > std::chrono::milliseconds::zero()) {
        pause(session);
        read_at = steady_clock::now();
      }
    }
    if (!session.is_over() && frames.too_long()) {
      session.refuse("the message is longer than " +
                     std::to_string(service_.limits.message_bytes_max) + " bytes");
    }
    if (session.is_over()) {
      send_answers(session);
      return linger();
    }

    if (frames.inside_message()) {
      if (message_ended || !was_inside_message) {
        deadline = read_at + service_.limits.idle_timeout;  // for the message that has begun
      } else if (read_at >= deadline) {
        send_answers(session);
        throw TimedOut();  // bytes trickle in, but the message does not end
      }
    }
    was_inside_message = frames.inside_message();
  }
}

void AgencyConnection::await_draw(Session& session) {
  send_answers(session);
  session.release_memory();
  const Deadline deadline = steady_clock::now() + service_.limits.await_winners_max;
  while (const auto* const draw = session.awaited_draw()) {
    // When the service stops, it ends reading; that ends this wait just as a disconnected peer
    // does.
    switch (stream_.wait_for_event(draw->descriptor(), deadline)) {
      case EventWait::happened:
        session.draw_happened();
        break;
      case EventWait::peer_ended:
      case EventWait::deadline:
        session.stop_awaiting();
        break;
    }
  }
}

void AgencyConnection::pause(Session& session) {
  send_answers(session);
  stream_.wait_for_event(no_event, steady_clock::now() + session.pause());
}

void AgencyConnection::refuse_tls() {
  stream_.send_all(tls_alert_protocol_version, deadline_from_now());
  log().warning(LogLine("mensaje_recibido", "fail")
                    .field("peer", stream_.peer())
                    .field("error", "the peer speaks TLS, but this port does not")
                    .text());
  linger();
}

void AgencyConnection::refuse_lf_only(Session& session, const FrameReader& frames) {
  if (!frames.ends_with_lf() || service_.registry.is_stopping()) return;
  session.refuse("the message ends with LF, and CR LF is missing");
  send_answers(session);
}

void AgencyConnection::turn_away(std::string_view reason) {
  std::string answer;
  append_error(answer, dialect_, std::string(busy_prefix).append(reason));
  begin();
  stream_.send_all(answer, deadline_from_now());
  linger();
}

void AgencyConnection::send_answers(Session& session) {
  // One deadline for all parts. At most one answer has many parts, because the session is full
  // after it.
  const Deadline deadline = deadline_from_now();
  do {
    stream_.send_all(session.flush(), deadline);
  } while (!session.is_flushed());
}

void AgencyConnection::linger() { stream_.linger(steady_clock::now() + linger_max); }

Deadline AgencyConnection::deadline_from_now() const {
  return steady_clock::now() + service_.limits.idle_timeout;
}

}  // namespace lottery
