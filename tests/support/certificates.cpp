#include "tests/support/certificates.h"

#include <openssl/ec.h>
#include <openssl/pem.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <utility>

namespace lottery::test {
namespace {

namespace fs = std::filesystem;

void require(bool is_right) {
  if (!is_right) throw std::runtime_error("no certificate could be made: " + openssl_problem());
}

OpenSsl<EVP_PKEY> make_key() { return OpenSsl<EVP_PKEY>(EVP_EC_gen("P-256")); }

OpenSsl<BIO> file_to_write(const fs::path& path) {
  fs::remove(path);
  return OpenSsl<BIO>(BIO_new_file(path.c_str(), "w"));
}

void write_certificate(const fs::path& path, X509& certificate) {
  require(PEM_write_bio_X509(file_to_write(path).get(), &certificate) == 1);
}

void write_key(const fs::path& path, EVP_PKEY& key) {
  require(PEM_write_bio_PrivateKey(file_to_write(path).get(), &key, nullptr, nullptr, 0, nullptr,
                                   nullptr) == 1);
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

void add_extension(X509& certificate, X509V3_CTX& context, int kind, const std::string& value) {
  if (value.empty()) return;
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), &X509_EXTENSION_free);
  require(extension && X509_add_ext(&certificate, extension.get(), -1) == 1);
}

/// `issuer` is null for a self-signed certificate.
OpenSsl<X509> make_certificate(const CertificateTerms& terms, EVP_PKEY& key, X509* issuer,
                               EVP_PKEY& issuer_key, long serial, bool is_ca) {
  OpenSsl<X509> made(X509_new());
  X509& certificate = *made;
  if (issuer == nullptr) issuer = &certificate;
  X509_set_version(&certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(&certificate), serial);
  X509_gmtime_adj(X509_getm_notBefore(&certificate), terms.begins.count());
  X509_gmtime_adj(X509_getm_notAfter(&certificate), terms.ends.count());
  X509_set_pubkey(&certificate, &key);
  const auto* const name = reinterpret_cast<const unsigned char*>(terms.common_name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(&certificate), "CN", MBSTRING_UTF8, name, -1, -1,
                             0);
  X509_set_issuer_name(&certificate, X509_get_subject_name(issuer));
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, &certificate, nullptr, nullptr, 0);
  if (is_ca) add_extension(certificate, context, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, context, NID_subject_alt_name, terms.names);
  add_extension(certificate, context, NID_ext_key_usage, terms.purpose);
  require(X509_sign(&certificate, &issuer_key, EVP_sha256()) != 0);
  return made;
}

}  // namespace

CertificateAuthority::CertificateAuthority(fs::path folder, const std::string& name)
    : folder_(std::move(folder)),
      name_(name),
      certificate_(folder_ / (name + ".pem")),
      key_(make_key()),
      own_(make_certificate({.common_name = name, .names = {}, .purpose = {}}, *key_, nullptr,
                            *key_, 1, true)) {
  write_certificate(certificate_, *own_);
}

CertificateFiles CertificateAuthority::issue(const std::string& name,
                                             const CertificateTerms& terms) {
  CertificateFiles files{folder_ / (name + ".pem"), folder_ / (name + ".key")};
  const OpenSsl<EVP_PKEY> key = make_key();
  write_certificate(files.certificate,
                    *make_certificate(terms, *key, own_.get(), *key_, ++serial_, false));
  write_key(files.key, *key);
  return files;
}

CertificateFiles CertificateAuthority::self_signed(const std::string& name,
                                                   const CertificateTerms& terms) {
  CertificateFiles files{folder_ / (name + ".pem"), folder_ / (name + ".key")};
  const OpenSsl<EVP_PKEY> key = make_key();
  write_certificate(files.certificate,
                    *make_certificate(terms, *key, nullptr, *key, ++serial_, false));
  write_key(files.key, *key);
  return files;
}

CertificateFiles CertificateAuthority::issue_to_service(const std::string& name) {
  return issue(name, {.common_name = "the service",
                      .names = "DNS:localhost,IP:127.0.0.1",
                      .purpose = "serverAuth"});
}

CertificateFiles CertificateAuthority::issue_to_agencies(const std::string& name,
                                                         const std::vector<int>& agencies) {
  std::string names;
  for (const int agency : agencies) {
    names.append(names.empty() ? "" : ",").append("URI:urn:lottery:agency:");
    names += std::to_string(agency);
  }
  return issue(name, {.common_name = name, .names = names, .purpose = "clientAuth"});
}

fs::path CertificateAuthority::revoke(const std::vector<CertificateFiles>& revoked,
                                      std::chrono::seconds next_update) {
  const OpenSsl<X509_CRL> crl(X509_CRL_new());
  const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> time(ASN1_TIME_new(),
                                                                   &ASN1_TIME_free);
  X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(own_.get()));
  X509_gmtime_adj(time.get(), -7200);
  X509_CRL_set1_lastUpdate(crl.get(), time.get());
  for (const CertificateFiles& files : revoked) {
    const OpenSsl<BIO> content(BIO_new_file(files.certificate.c_str(), "r"));
    const OpenSsl<X509> certificate(PEM_read_bio_X509(content.get(), nullptr, nullptr, nullptr));
    require(certificate != nullptr);
    X509_REVOKED* const entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.get()));
    X509_REVOKED_set_revocationDate(entry, time.get());
    X509_CRL_add0_revoked(crl.get(), entry);
  }
  X509_gmtime_adj(time.get(), next_update.count());
  X509_CRL_set1_nextUpdate(crl.get(), time.get());
  require(X509_CRL_sign(crl.get(), key_.get(), EVP_sha256()) != 0);
  fs::path path = folder_ / (name_ + ".crl");
  require(PEM_write_bio_X509_CRL(file_to_write(path).get(), crl.get()) == 1);
  return path;
}

TlsFiles CertificateAuthority::service_files() {
  const CertificateFiles own = issue_to_service();
  return {.certificate = own.certificate, .key = own.key, .trusted = certificate_, .revoked = {}};
}

}  // namespace lottery::test
