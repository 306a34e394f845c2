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

/// One connection of an agency: reads messages, passes them to a Session, and sends its answers.
/// Runs on one of Poco's threads.
class AgencyConnection : public Poco::Net::TCPServerConnection {
 public:
  /// What all connections share. It must outlive them.
  struct Service {
    const ServerLimits& limits;
    ConnectionRegistry& registry;
    Lottery& lottery;
    ConnectionMetrics& metrics;
  };

  /// `stream` must be the stream of `socket`, which the registry has accepted. The caller must not
  /// have called its begin().
  AgencyConnection(const Poco::Net::StreamSocket& socket, std::unique_ptr<Stream> stream,
                   const Service& service, Dialect dialect);

  void run() override;

 private:
  /// Performs the handshake. If it throws, the answer to the failure has been sent.
  std::optional<PeerCertificate> begin();
  void serve(std::optional<PeerCertificate> certificate);

  /// Answers a peer that uses TLS on a plaintext port with a TLS alert.
  void refuse_tls();

  /// Delays the answer to AWAIT_WINNERS until the draw happens, the answer's time is over, the peer
  /// disconnects or the service stops. Reads nothing meanwhile; what the peer sends stays in the
  /// socket's buffer.
  void await_draw(Session& session);

  /// Sends the answers. Then waits for as long as the session asks for, but not longer than the
  /// peer and the service stay.
  void pause(Session& session);

  /// Handles the peer's last bytes. If they end with LF, the message lacks its CR LF and is
  /// refused. Otherwise the peer disconnected in the middle of a message and needs no answer.
  void refuse_lf_only(Session& session, const FrameReader& frames);

  /// Tells the peer that the service is full, and closes in such a way that the peer can still read
  /// it.
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
