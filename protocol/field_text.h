#pragma once

#include <optional>
#include <string_view>

/// Which characters a bet's fields may contain (PROTOCOL.md, "What is valid"). All functions may be
/// called from any thread.
namespace lottery {

/// Fast pre-check: true if no byte of `text` can belong to a forbidden character (a control
/// character, a colon, a bidirectional control or a separator). False proves nothing.
bool is_plain_field_text(std::string_view text) noexcept;

/// The kind of character in `utf8` that no field of a new bet may contain: "a colon", "a control
/// character", "a bidirectional control" or "a line or paragraph separator". Empty if there is
/// none. `utf8` must be well-formed.
std::optional<std::string_view> forbidden_in_field(std::string_view utf8) noexcept;

}  // namespace lottery
