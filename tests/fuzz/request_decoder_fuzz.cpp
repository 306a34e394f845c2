// Bets that the decoder accepts are valid, and are written back byte for byte. If it refuses a
// message, the reason fits into an ERROR.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/answer.h"
#include "protocol/bet.h"
#include "protocol/request.h"
#include "text/printable.h"
#include "text/utf8.h"

namespace lottery {
namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check_decoded(const std::variant<Request, InvalidRequest>& decoded) {
  if (const auto* bad = std::get_if<InvalidRequest>(&decoded)) {
    check(bad->reason.size() <= reason_bytes_max && is_utf8(bad->reason) &&
          !has_control_character(bad->reason) && !bad->reason.empty());
    return;
  }
  const auto* bets = std::get_if<Bets>(&std::get<Request>(decoded));
  if (bets == nullptr) return;
  check(!bets->bets.empty());
  for (const Bet& bet : bets->bets) {
    std::string line;
    append_bet(line, bet);
    line.pop_back();
    const auto again = parse_bet(line);
    check(std::get<Bet>(again) == bet);
  }
}

}  // namespace
}  // namespace lottery

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  lottery::RequestDecoder decoder;
  lottery::check_decoded(decoder.decode(message));
  lottery::check_decoded(decoder.decode_single_bet(message));
  lottery::decode_answer(message);
  return 0;
}
