#include "network/tls/private_key.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "network/tls/tls_context.h"

namespace lottery {
namespace {

constexpr mode_t others_bits = S_IRWXG | S_IRWXO;
constexpr mode_t bits_beyond_reading_group = S_IWGRP | S_IXGRP | S_IRWXO;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw TlsFileError(file.string() + ": " + why);
}

void check_owner_and_mode(const std::filesystem::path& file, int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) refuse(file, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) refuse(file, "is not a regular file");
  const bool is_own = status.st_uid == ::geteuid();
  if (!is_own && status.st_uid != 0) {
    refuse(file,
           "the private key belongs to another user: it must belong to the user that runs this "
           "program, or to root");
  }
  if ((status.st_mode & (is_own ? others_bits : bits_beyond_reading_group)) != 0) {
    refuse(file, is_own ? "others can read the private key: its mode must be 0600 or less"
                        : "others can read the private key: its mode must be 0640 or less, "
                          "because root owns it");
  }
}

}  // namespace

OpenSsl<EVP_PKEY> read_private_key(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) refuse(file, std::strerror(errno));
  const OpenSsl<BIO> content(BIO_new_fd(descriptor, BIO_CLOSE));
  check_owner_and_mode(file, descriptor);
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  OpenSsl<EVP_PKEY> key(PEM_read_bio_PrivateKey(content.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr) {
    refuse(file, "is not a private key in PEM without a passphrase (" + openssl_problem() + ")");
  }
  return key;
}

}  // namespace lottery
