#pragma once

#include <filesystem>

#include "network/tls/openssl.h"

namespace lottery {

/// Reads a private key without a passphrase from a PEM file, which must be a regular file. Either
/// this process's user must own it and no other user may read it (mode 0600 or less), or root must
/// own it and only its group may read it (mode 0640 or less). This is PostgreSQL's rule. Throws
/// TlsFileError.
OpenSsl<EVP_PKEY> read_private_key(const std::filesystem::path& file);

}  // namespace lottery
