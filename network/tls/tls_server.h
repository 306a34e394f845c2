#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "network/stream.h"
#include "network/tls/tls_context.h"

namespace lottery {

/// What a service needs in order to speak TLS: its own certificate, and whom it accepts. The files
/// can be read anew while connections are there. Any thread may call.
class TlsServer {
 public:
  /// Throws TlsFileError.
  explicit TlsServer(TlsFiles files);

  /// Reads the files anew, for connections that begin from now on. Throws TlsFileError if one of
  /// them can't be used: then nothing has changed.
  void reload();

  /// A stream whose begin() shakes hands with the peer at the other end of `wire`. A peer that does
  /// not speak TLS is sent `plaintext_answer` as it is. This must outlive the stream.
  std::unique_ptr<Stream> accept(std::unique_ptr<Stream> wire, std::string plaintext_answer) const;

  /// Why a peer with this certificate would be refused now; nothing if it would be accepted.
  std::optional<std::string> refusal(X509& certificate, STACK_OF(X509) * intermediates) const;

  /// Of the own certificate and the CRLs.
  std::vector<Expiry> expiries() const;

 private:
  std::shared_ptr<const TlsContext> context() const;

  const TlsFiles files_;
  mutable std::mutex mutex_;
  std::shared_ptr<const TlsContext> context_;
};

}  // namespace lottery
