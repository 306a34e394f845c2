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

/// How far an agency's books are in a draw.
enum class BooksState : std::uint8_t {
  open,    ///< they accept bets
  closed,  ///< the agency is done, and the draw has not happened
  drawn,
};

/// The balance of an agency's books: what both sides must agree on before a draw.
struct Books {
  std::int64_t bets = 0;
  std::string sha256;  ///< of every bet's line with its LF, in the order of storing; 64 hex digits

  bool operator==(const Books&) const = default;
};

/// True if `text` is 64 lower-case hex digits.
bool is_sha256(std::string_view text) noexcept;

/// Strikes the balance of books, bet by bet. One thread at a time.
class BooksBalance {
 public:
  /// Begins with no bets. Throws std::runtime_error if the library has no SHA-256.
  BooksBalance();

  void add(const Bet& bet);

  /// Adds a bet as it travels: its line, without its LF.
  void add_line(std::string_view line);

  std::int64_t bets() const noexcept { return bets_; }

  /// The balance of what was added so far; more may follow.
  Books books() const;

  /// Releases the memory for lines, 4 KiB or more, until more are added: for a balance that is kept
  /// for long.
  void release_room();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };

  /// Room for `bytes` more bytes behind what is pending.
  char* room_for(std::size_t bytes);

  void hash_pending();

  std::unique_ptr<evp_md_ctx_st, Free> context_;
  std::vector<char> pending_;      // begins with lines that are not in context_ yet:
  std::size_t pending_bytes_ = 0;  // the library is slow on short ones
  std::int64_t bets_ = 0;
};

}  // namespace lottery
