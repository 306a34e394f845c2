#include "network/tls/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "network/tls/certificate.h"
#include "network/tls/private_key.h"

namespace lottery {
namespace {

using Path = std::filesystem::path;

[[noreturn]] void fail(const Path& file, const std::string& why) {
  throw TlsFileError(file.string() + ": " + why);
}

[[noreturn]] void fail_to_initialise() {
  throw TlsFileError("OpenSSL can't be initialised: " + openssl_problem());
}

OpenSsl<BIO> open(const Path& file) {
  OpenSsl<BIO> content(BIO_new_file(file.c_str(), "r"));
  if (content == nullptr) {
    const int error = errno;
    ERR_clear_error();
    fail(file, std::strerror(error));
  }
  return content;
}

/// Calls `use` for every object of one kind in a PEM file. Throws TlsFileError if there is none, or
/// if one of them can't be read.
template <typename Object, typename Read, typename Use>
void for_each(const Path& file, const std::string& kind, Read read, Use use) {
  const OpenSsl<BIO> content = open(file);
  int found = 0;
  while (const OpenSsl<Object> object{read(content.get(), nullptr, nullptr, nullptr)}) {
    use(*object);
    ++found;
  }
  const unsigned long error = ERR_peek_last_error();
  const std::string problem = openssl_problem();
  const bool is_at_end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!is_at_end) fail(file, "has a " + kind + " that can't be read (" + problem + ")");
  if (found == 0) fail(file, "has no " + kind + " in PEM");
}

void check_that_it_is_valid_now(const Path& file, X509& certificate) {
  const ASN1_TIME* const begin = X509_get0_notBefore(&certificate);
  const ASN1_TIME* const end = X509_get0_notAfter(&certificate);
  if (X509_cmp_current_time(end) < 0) fail(file, "expired at " + to_string(time_of(*end)));
  if (X509_cmp_current_time(begin) > 0) {
    fail(file, "is not valid before " + to_string(time_of(*begin)));
  }
}

bool is_issued_by_a_ca_of(const X509_STORE& store, X509_CRL& crl) {
  const STACK_OF(X509_OBJECT)* const objects = X509_STORE_get0_objects(&store);
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    X509* const ca = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
    if (ca == nullptr) continue;
    if (X509_NAME_cmp(X509_get_subject_name(ca), X509_CRL_get_issuer(&crl)) != 0) continue;
    if (X509_CRL_verify(&crl, X509_get0_pubkey(ca)) == 1) return true;
  }
  ERR_clear_error();
  return false;
}

}  // namespace

TlsContext::TlsContext(const SSL_METHOD* method) : context_(SSL_CTX_new(method)) {
  if (context_ == nullptr) fail_to_initialise();
  SSL_CTX* const context = context_.get();
  if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_num_tickets(context, 0) != 1) {
    fail_to_initialise();
  }
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_early_data(context, 0);
  // An idle connection keeps no buffers.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  // A CA in the file may be an intermediate CA.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
}

TlsContext TlsContext::for_service(const TlsFiles& files) {
  TlsContext made(TLS_server_method());
  made.use_own_certificate(files);
  check_that_it_is_valid_now(files.certificate, *SSL_CTX_get0_certificate(made.context_.get()));
  made.trust(files.trusted);
  if (!files.revoked.empty()) made.refuse_revoked(files.revoked);
  SSL_CTX_set_verify(made.context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     nullptr);
  return made;
}

TlsContext TlsContext::for_client(const TlsFiles& files) {
  TlsContext made(TLS_client_method());
  if (!files.certificate.empty()) made.use_own_certificate(files);
  made.trust(files.trusted);
  SSL_CTX_set_verify(made.context_.get(), SSL_VERIFY_PEER, nullptr);
  return made;
}

void TlsContext::use_own_certificate(const TlsFiles& files) {
  open(files.certificate);  // reports why the file can't be read; the next call does not
  if (SSL_CTX_use_certificate_chain_file(context_.get(), files.certificate.c_str()) != 1) {
    fail(files.certificate, "has no usable certificate in PEM (" + openssl_problem() + ")");
  }
  X509& own = *SSL_CTX_get0_certificate(context_.get());
  expiries_.push_back({files.certificate, time_of(*X509_get0_notAfter(&own))});
  const OpenSsl<EVP_PKEY> key = read_private_key(files.key);
  if (X509_check_private_key(&own, key.get()) != 1) {
    ERR_clear_error();
    fail(files.key, "is not the private key of the certificate in " + files.certificate.string());
  }
  if (SSL_CTX_use_PrivateKey(context_.get(), key.get()) != 1) {
    fail(files.key, "can't be used (" + openssl_problem() + ")");
  }
}

void TlsContext::trust(const Path& file) {
  X509_STORE* const store = SSL_CTX_get_cert_store(context_.get());
  for_each<X509>(file, "certificate", PEM_read_bio_X509, [&](X509& ca) {
    if (X509_STORE_add_cert(store, &ca) != 1) {
      fail(file, "has a certificate that can't be used (" + openssl_problem() + ")");
    }
    // Tells a peer with several certificates which one to use.
    SSL_CTX_add_client_CA(context_.get(), &ca);
  });
}

void TlsContext::refuse_revoked(const Path& file) {
  X509_STORE* const store = SSL_CTX_get_cert_store(context_.get());
  for_each<X509_CRL>(file, "CRL", PEM_read_bio_X509_CRL, [&](X509_CRL& crl) {
    if (!is_issued_by_a_ca_of(*store, crl)) {
      fail(file, "has a CRL that no CA of service.tls.agencies_ca has issued");
    }
    if (X509_STORE_add_crl(store, &crl) != 1) {
      fail(file, "has a CRL that can't be used (" + openssl_problem() + ")");
    }
    const ASN1_TIME* const next = X509_CRL_get0_nextUpdate(&crl);
    if (next != nullptr) expiries_.push_back({file, time_of(*next)});
  });
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context_.get()), X509_V_FLAG_CRL_CHECK);
}

std::optional<std::string> TlsContext::refusal(X509& certificate,
                                               STACK_OF(X509) * intermediates) const {
  const OpenSsl<X509_STORE_CTX> verification(X509_STORE_CTX_new());
  X509_STORE* const store = SSL_CTX_get_cert_store(context_.get());
  if (verification == nullptr ||
      X509_STORE_CTX_init(verification.get(), store, &certificate, intermediates) != 1) {
    return "OpenSSL can't check it: " + openssl_problem();
  }
  X509_STORE_CTX_set_default(verification.get(), "ssl_client");
  X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(verification.get()),
                         SSL_CTX_get0_param(context_.get()));
  const bool is_accepted = X509_verify_cert(verification.get()) == 1;
  const int error = X509_STORE_CTX_get_error(verification.get());
  ERR_clear_error();
  if (is_accepted) return {};
  return meaning_of_verification(error);
}

std::string meaning_of_verification(int error) {
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return "its CA is not known here";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "it is self-signed";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "it has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "it is not valid yet";
    case X509_V_ERR_CERT_REVOKED:
      return "it is revoked";
    case X509_V_ERR_CRL_HAS_EXPIRED:
      return "the list of revoked certificates is out of date";
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      return "there is no list of revoked certificates of its CA";
    case X509_V_ERR_INVALID_PURPOSE:
      return "it is for another purpose";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "it is for another host";
    default:
      return X509_verify_cert_error_string(error);
  }
}

}  // namespace lottery
