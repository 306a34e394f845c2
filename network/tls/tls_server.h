#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "network/stream.h"
#include "network/tls/tls_context.h"

namespace lottery {

/// The service's side of TLS: its own certificate, and the peers that it accepts. The files can be
/// reread while connections exist. Any thread may call.
class TlsServer {
 public:
  /// Throws TlsFileError.
  explicit TlsServer(TlsFiles files);

  /// Rereads the files, for connections that begin from now on. Throws TlsFileError if one of them
  /// can't be used; then nothing has changed.
  void reload();

  /// A stream whose begin() performs the handshake with the peer at the other end of `wire`. A peer
  /// that does not use TLS receives `plaintext_answer` unencrypted. This object must outlive the
  /// stream.
  std::unique_ptr<Stream> accept(std::unique_ptr<Stream> wire, std::string plaintext_answer) const;

  /// The reason why a peer with this certificate would be refused now; empty if it would be
  /// accepted.
  std::optional<std::string> refusal(X509& certificate, STACK_OF(X509) * intermediates) const;

  /// The expiry of the own certificate and of the CRLs.
  std::vector<Expiry> expiries() const;

 private:
  std::shared_ptr<const TlsContext> context() const;

  const TlsFiles files_;
  mutable std::mutex mutex_;
  std::shared_ptr<const TlsContext> context_;
};

}  // namespace lottery
