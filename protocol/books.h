#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/bet.h"

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace lottery {

/// The state of an agency's books in a draw.
enum class BooksState : std::uint8_t {
  open,    ///< they accept bets
  closed,  ///< the agency is done; the draw has not happened yet
  drawn,
};

/// The balance of an agency's books, which both sides must agree on before a draw.
struct Books {
  std::int64_t bets = 0;
  std::string
      sha256;  ///< of all bets' lines with their LFs, in the order of storing; 64 hex digits

  bool operator==(const Books&) const = default;
};

/// True if `text` is 64 lower-case hex digits.
bool is_sha256(std::string_view text) noexcept;

/// Computes the balance of books, bet by bet. One thread at a time.
class BooksBalance {
 public:
  /// Begins without bets. Throws std::runtime_error if the library does not provide SHA-256.
  BooksBalance();

  void add(const Bet& bet);

  /// Adds a bet as its line on the wire, without LF.
  void add_line(std::string_view line);

  std::int64_t bets() const noexcept { return bets_; }

  /// The balance of the bets added so far. More can be added.
  Books books() const;

  /// Releases the buffer for lines (4 KiB or more) until more bets are added. For a balance that is
  /// kept for a long time.
  void release_room();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };

  /// Makes room for `bytes` more bytes after the pending ones.
  char* room_for(std::size_t bytes);

  void hash_pending();

  std::unique_ptr<evp_md_ctx_st, Free> context_;
  std::vector<char> pending_;      // begins with lines not yet hashed:
  std::size_t pending_bytes_ = 0;  // the library is slow on short ones
  std::int64_t bets_ = 0;
};

}  // namespace lottery
