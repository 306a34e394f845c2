#pragma once

#include <Poco/Net/TCPServerConnection.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "network/stream.h"
#include "protocol/request.h"
#include "service/connections/connection_metrics.h"
#include "service/connections/connection_registry.h"
#include "service/connections/server_limits.h"
#include "service/lottery.h"

namespace lottery {

class FrameReader;
class Session;

/// One connection of an agency: reads messages, passes them to a Session, and sends the session's
/// answers. Created and run on a thread of Poco.
class AgencyConnection : public Poco::Net::TCPServerConnection {
 public:
  /// The objects that all connections share. They must outlive the connections.
  struct Service {
    const ServerLimits& limits;
    ConnectionRegistry& registry;
    Lottery& lottery;
    ConnectionMetrics& metrics;
  };

  /// `stream` is the stream of `socket`, which the registry has accepted. Its begin() must not have
  /// been called yet.
  AgencyConnection(const Poco::Net::StreamSocket& socket, std::unique_ptr<Stream> stream,
                   const Service& service, Dialect dialect);

  void run() override;

 private:
  /// Performs the handshake. If it throws, the answer to the failure has been sent.
  std::optional<PeerCertificate> begin();
  void serve(std::optional<PeerCertificate> certificate);

  /// Sends a TLS alert to a peer that starts a TLS handshake on a port without TLS.
  void refuse_tls();

  /// Holds the answer to AWAIT_WINNERS until the draw happens, its time is over, or the peer or the
  /// service ends. Reads no messages meanwhile: what the peer sends stays in the socket's buffer.
  void await_draw(Session& session);

  /// Sends the answers, then waits as long as the session asks for, or until the peer or the
  /// service ends.
  void pause(Session& session);

  /// Handles the end of the peer's bytes. If they end with LF, answers that CR LF is missing.
  /// Otherwise the peer disconnected in the middle of a message, and gets no answer.
  void refuse_lf_only(Session& session, const FrameReader& frames);

  /// Tells the peer that the service is full, and closes the connection so that the peer can still
  /// read this.
  void turn_away(std::string_view reason);

  /// Sends all waiting answers, within one idle timeout.
  void send_answers(Session& session);

  void linger();
  Deadline deadline_from_now() const;

  Service service_;
  Dialect dialect_;
  Registration registration_;
  Stream& stream_;  // owned by registration_
};

}  // namespace lottery
