#include "network/tls/certificate.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <stdexcept>
#include <string_view>

#include "network/tls/openssl.h"
#include "text/decimal.h"

namespace lottery {
namespace {

constexpr std::string_view agency_urn = "urn:lottery:agency:";

std::string hex(const unsigned char* bytes, std::size_t size, const char* digits) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += digits[bytes[i] >> 4U];
    text += digits[bytes[i] & 15U];
  }
  return text;
}

std::string serial_of(X509& certificate) {
  const ASN1_INTEGER& serial = *X509_get0_serialNumber(&certificate);
  return hex(ASN1_STRING_get0_data(&serial), static_cast<std::size_t>(ASN1_STRING_length(&serial)),
             "0123456789ABCDEF");
}

std::string sha256_of(X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) != 1) {
    throw std::runtime_error("the certificate has no SHA-256: " + openssl_problem());
  }
  return hex(digest.data(), size, "0123456789abcdef");
}

}  // namespace

PeerCertificate describe(X509& certificate) {
  return {.subject = subject_of(certificate),
          .serial = serial_of(certificate),
          .sha256 = sha256_of(certificate),
          .agencies = agencies_of(certificate)};
}

std::vector<AgencyId> agencies_of(X509& certificate) {
  const OpenSsl<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<AgencyId> agencies;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME& name = *sk_GENERAL_NAME_value(names.get(), i);
    if (name.type != GEN_URI) continue;
    const ASN1_STRING& uri = *name.d.uniformResourceIdentifier;
    std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(&uri)),
                          static_cast<std::size_t>(ASN1_STRING_length(&uri)));
    if (!text.starts_with(agency_urn)) continue;
    text.remove_prefix(agency_urn.size());
    if (const auto id = parse_decimal(text)) agencies.push_back(AgencyId{*id});
  }
  std::sort(agencies.begin(), agencies.end());
  agencies.erase(std::unique(agencies.begin(), agencies.end()), agencies.end());
  return agencies;
}

std::string subject_of(X509& certificate) {
  const OpenSsl<BIO> text(BIO_new(BIO_s_mem()));
  if (text == nullptr) throw std::runtime_error("there is no memory for a certificate's subject");
  X509_NAME_print_ex(text.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME& time) {
  std::tm utc{};
  if (ASN1_TIME_to_tm(&time, &utc) != 1) throw std::runtime_error("a certificate has no such time");
  return std::chrono::system_clock::from_time_t(::timegm(&utc));
}

std::string to_string(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {text.data(), size};
}

}  // namespace lottery
