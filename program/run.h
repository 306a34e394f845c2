#pragma once

#include <Poco/Util/Application.h>

#include <functional>
#include <string>

namespace lottery {

/// The exit codes of both programs.
inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;   ///< one sentence on standard error says why
inline constexpr int exit_bad_bets = 2;  ///< agency_client: bets are not valid, and none was sent

/// Runs `program` with its arguments, and returns its exit code. Whatever keeps it from starting is
/// one sentence on standard error, and exit_failure; so is output that print() could not write.
///
/// SIGTERM, SIGINT and SIGQUIT are blocked in this thread, and so in every thread that it starts:
/// they are waited for, and never interrupt. SIGPIPE and SIGXFSZ are ignored: a peer that has gone
/// and a file that may not grow are errors of the call that meets them.
int run_program(Poco::Util::Application& program, int argc, char** argv);

/// Calls `step`, and returns its exit code, or exit_failure after one sentence on standard error
/// if it throws. `name` is the program's.
int report_errors(const std::string& name, const std::function<int()>& step);

/// Has SIGTERM, SIGINT and SIGQUIT end the program at once, as they end any other: for what it may
/// do instead of serving, which nobody stops in an orderly way.
void end_at_signals();

}  // namespace lottery
