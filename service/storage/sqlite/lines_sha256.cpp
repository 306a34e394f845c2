#include "service/storage/sqlite/lines_sha256.h"

#include <openssl/evp.h>
#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <string>

namespace lottery {
namespace {

constexpr int fields_of_a_line = 5;
constexpr const char* failure = "lines_sha256 can't compute a SHA-256";

/// SQLite's state for each use of the aggregate. Initially all zeros.
struct State {
  EVP_MD_CTX* digest;
};

/// The state's digest, created at the first call. Null if that fails.
EVP_MD_CTX* digest_of(sqlite3_context* context) {
  auto* const state = static_cast<State*>(sqlite3_aggregate_context(context, sizeof(State)));
  if (state == nullptr) return nullptr;
  if (state->digest == nullptr) {
    state->digest = EVP_MD_CTX_new();  // owned until finish()
    if (EVP_DigestInit_ex(state->digest, EVP_sha256(), nullptr) != 1) return nullptr;
  }
  return state->digest;
}

void add_row(sqlite3_context* context, int /*fields*/, sqlite3_value** fields) {
  std::string line;
  for (int i = 0; i < fields_of_a_line - 1; ++i) {
    const auto* const text = reinterpret_cast<const char*>(sqlite3_value_text(fields[i]));
    line.append(text, static_cast<std::size_t>(sqlite3_value_bytes(fields[i])));
    line += ',';
  }
  line += std::to_string(sqlite3_value_int(fields[fields_of_a_line - 1]));
  line += '\n';
  EVP_MD_CTX* const digest = digest_of(context);
  if (digest == nullptr || EVP_DigestUpdate(digest, line.data(), line.size()) != 1) {
    sqlite3_result_error(context, failure, -1);
  }
}

void finish(sqlite3_context* context) {
  EVP_MD_CTX* const digest = digest_of(context);
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  if (digest != nullptr && EVP_DigestFinal_ex(digest, bytes.data(), &size) == 1) {
    constexpr const char* digits = "0123456789abcdef";
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
      hex += digits[bytes[i] >> 4U];
      hex += digits[bytes[i] & 0x0FU];
    }
    sqlite3_result_text(context, hex.data(), static_cast<int>(hex.size()), SQLITE_TRANSIENT);
  } else {
    sqlite3_result_error(context, failure, -1);
  }
  auto* const state = static_cast<State*>(sqlite3_aggregate_context(context, 0));
  if (state != nullptr) EVP_MD_CTX_free(state->digest);
}

}  // namespace

void add_lines_sha256(SQLite::Database& database) {
  database.createFunction("lines_sha256", fields_of_a_line, true, nullptr, nullptr, add_row, finish,
                          nullptr);
}

}  // namespace lottery
