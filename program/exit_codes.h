#pragma once

namespace lottery {

/// The exit codes of both programs.
inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;  ///< standard error has one sentence that says why
inline constexpr int exit_invalid_bets =
    2;  ///< agency_client: some bets are invalid, and none was sent

/// agency_client: a stop signal arrived before the work was done. A shell reports the same code for
/// a process killed by a signal.
constexpr int exit_stopped_by(int signal) noexcept { return 128 + signal; }

}  // namespace lottery
