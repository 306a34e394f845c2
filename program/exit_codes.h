#pragma once

namespace lottery {

/// The exit codes of both programs.
inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;   ///< one sentence on standard error says why
inline constexpr int exit_bad_bets = 2;  ///< agency_client: bets are not valid, and none was sent

}  // namespace lottery
