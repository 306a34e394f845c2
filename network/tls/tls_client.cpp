#include "network/tls/tls_client.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <system_error>
#include <utility>

#include "network/tls/certificate.h"
#include "network/tls/tls_stream.h"
#include "text/printable.h"

namespace lottery {
namespace {

/// What an alert from the service says about this client's certificate; null if it says nothing
/// about it.
const char* meaning_of_alert(int reason) {
  switch (reason) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return "this client sent none";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return "the service does not know its CA";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return "it has expired, or is not valid yet";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
      return "it is revoked";
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
      return "it is not for client authentication";
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
      return "it is not accepted by the service, or the service's list of revoked certificates is "
             "out "
             "of date";
    default:
      return nullptr;
  }
}

/// The client's end of a connection.
class ClientTlsStream final : public TlsStream {
 public:
  ClientTlsStream(std::unique_ptr<Stream> wire, const TlsClient& client, const TlsContext& context,
                  std::string host)
      : TlsStream(std::move(wire), context), client_(client), host_(std::move(host)) {
    SSL_set_connect_state(&ssl());
    // Certificates have separate kinds of entries for addresses and names.
    X509_VERIFY_PARAM* const verification = SSL_get0_param(&ssl());
    if (X509_VERIFY_PARAM_set1_ip_asc(verification, host_.c_str()) == 1) return;
    if (SSL_set1_host(&ssl(), host_.c_str()) != 1 ||
        SSL_set_tlsext_host_name(&ssl(), host_.c_str()) != 1) {
      throw HandshakeFailed("'" + host_ + "' is not a host name that a certificate can have");
    }
  }

  std::optional<PeerCertificate> begin(Deadline deadline) override {
    shake_hands(deadline);
    const OpenSsl<X509> certificate(SSL_get1_peer_certificate(&ssl()));
    return describe(*certificate);
  }

 private:
  [[noreturn]] void fail() override {
    const int reason = ERR_GET_REASON(ERR_peek_last_error());
    const std::string problem = openssl_problem();
    if (refused()) {
      std::string why = meaning_of_verification(refused()->error);
      if (refused()->error == X509_V_ERR_HOSTNAME_MISMATCH ||
          refused()->error == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        why = "it is not for the host " + host_;
      }
      throw CertificateRefused("this client has refused the service's certificate: " + why + " (" +
                               refused()->certificate + ")");
    }
    // In TLS 1.3, the service reports this after the handshake, in reply to the first message.
    if (const char* const why = meaning_of_alert(reason)) {
      throw CertificateRefused("the service has refused this client's certificate: " +
                               std::string(why) + client_.own_certificate());
    }
    switch (reason) {
      case SSL_R_WRONG_VERSION_NUMBER:
      case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        throw HandshakeFailed("it does not speak TLS 1.3 on this port");
      default:
        throw HandshakeFailed("TLS has failed: " + problem);
    }
  }

  [[noreturn]] void fail_without_tls(std::string_view bytes, Deadline /*deadline*/) override {
    throw HandshakeFailed("it has answered without TLS: " +
                          in_quotes(bytes.substr(0, bytes.find_first_of("\r\n"))));
  }

  const TlsClient& client_;
  std::string host_;
};

}  // namespace

TlsClient::TlsClient(TlsFiles files)
    : files_(std::move(files)), context_(TlsContext::for_client(files_)) {}

std::unique_ptr<Stream> TlsClient::connect(std::unique_ptr<Stream> wire,
                                           const std::string& host) const {
  return std::make_unique<ClientTlsStream>(std::move(wire), *this, context_, host);
}

std::string TlsClient::own_certificate() const {
  X509* const own = SSL_CTX_get0_certificate(&context_.context());
  if (own == nullptr) return " (set agency.certificate and agency.key)";
  std::string names;
  for (const AgencyId agency : agencies_of(*own)) {
    names += (names.empty() ? "" : ", ") + lottery::to_string(agency);
  }
  return " (" + files_.certificate.string() + " is the certificate of " + subject_of(*own) +
         (names.empty() ? ", for no agency" : ", for agency " + names) + ", valid from " +
         to_string(time_of(*X509_get0_notBefore(own))) + " to " +
         to_string(time_of(*X509_get0_notAfter(own))) + ")";
}

}  // namespace lottery
