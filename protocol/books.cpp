#include "protocol/books.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace lottery {
namespace {

constexpr std::size_t bytes_hashed_at_once = 4096;

constexpr std::string_view hex_digits = "0123456789abcdef";

void check(int result) {
  if (result != 1) throw std::runtime_error("a SHA-256 can't be computed");
}

}  // namespace

bool is_sha256(std::string_view text) noexcept {
  return text.size() == 64 && text.find_first_not_of(hex_digits) == std::string_view::npos;
}

void BooksBalance::Free::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}

BooksBalance::BooksBalance() : context_(EVP_MD_CTX_new()) {
  check(context_ == nullptr ? 0 : EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void BooksBalance::add(const Bet& bet) {
  char* const begin = room_for(bet_line_bytes_max(bet));
  pending_bytes_ += static_cast<std::size_t>(write_line(bet, begin) - begin);
  ++bets_;
}

void BooksBalance::add_line(std::string_view line) {
  char* const end = std::copy(line.begin(), line.end(), room_for(line.size() + 1));
  *end = '\n';
  pending_bytes_ += line.size() + 1;
  ++bets_;
}

char* BooksBalance::room_for(std::size_t bytes) {
  if (pending_bytes_ + bytes > pending_.size()) {
    hash_pending();
    if (bytes > pending_.size()) pending_.resize(std::max(bytes, bytes_hashed_at_once));
  }
  return pending_.data() + pending_bytes_;
}

void BooksBalance::release_room() {
  hash_pending();
  pending_ = {};
}

void BooksBalance::hash_pending() {
  check(EVP_DigestUpdate(context_.get(), pending_.data(), pending_bytes_));
  pending_bytes_ = 0;
}

Books BooksBalance::books() const {
  const std::unique_ptr<evp_md_ctx_st, Free> copy(EVP_MD_CTX_new());
  check(copy == nullptr ? 0 : EVP_MD_CTX_copy_ex(copy.get(), context_.get()));
  check(EVP_DigestUpdate(copy.get(), pending_.data(), pending_bytes_));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int bytes = 0;
  check(EVP_DigestFinal_ex(copy.get(), digest.data(), &bytes));
  Books books{.bets = bets_, .sha256 = {}};
  for (unsigned int i = 0; i < bytes; ++i) {
    books.sha256 += hex_digits[digest[i] >> 4U];
    books.sha256 += hex_digits[digest[i] & 0x0FU];
  }
  return books;
}

}  // namespace lottery
