#pragma once

namespace lottery {

/// The exit codes of both programs.
inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;  ///< one sentence on standard error says why
inline constexpr int exit_invalid_bets =
    2;  ///< agency_client: bets are not valid, and none was sent

/// agency_client: a stop signal came before the work was done. A shell gives a process that a
/// signal has killed the same code.
constexpr int exit_stopped_by(int signal) noexcept { return 128 + signal; }

}  // namespace lottery
