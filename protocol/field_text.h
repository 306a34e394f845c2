#pragma once

#include <optional>
#include <string_view>

/// Which characters the text of a bet's field may hold (PROTOCOL.md, "What is valid"). All
/// functions may be called from any thread.
namespace lottery {

/// Fast pre-check: true if no byte of `text` can belong to a character that a field must not hold:
/// a control character, a colon, a bidirectional control or a separator. False proves nothing.
bool is_plain_field_text(std::string_view text) noexcept;

/// What `utf8` holds that no field of a new bet may hold: "a colon", "a control character",
/// "a bidirectional control" or "a line or paragraph separator"; nothing if it holds none of them.
/// `utf8` must be well-formed.
std::optional<std::string_view> forbidden_in_field(std::string_view utf8) noexcept;

}  // namespace lottery
