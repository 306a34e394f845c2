#pragma once

#include <filesystem>

#include "network/tls/openssl.h"

namespace lottery {

/// Reads a private key without a passphrase from a PEM file. The file must be a regular one. Either
/// this process's user owns it, and no other user may read it (mode 0600 or less); or root does,
/// and its group may read it (0640 or less). This is PostgreSQL's rule. Throws TlsFileError.
OpenSsl<EVP_PKEY> read_private_key(const std::filesystem::path& file);

}  // namespace lottery
