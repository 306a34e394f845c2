#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace lottery::postgresql {

/// The server has rejected a statement. The transaction has ended, and nothing of it is stored.
class StatementFailed : public std::runtime_error {
 public:
  StatementFailed(std::string sqlstate, const std::string& message)
      : std::runtime_error(message), sqlstate_(std::move(sqlstate)) {}

  /// PostgreSQL's code (Appendix A, "Error Codes").
  const std::string& sqlstate() const noexcept { return sqlstate_; }

  /// True if the same transaction may succeed at once: after a serialization failure, a deadlock,
  /// or a constraint violation caused by a concurrent transaction (class 23).
  bool is_worth_a_retry() const noexcept {
    return sqlstate_ == "40001" || sqlstate_ == "40P01" || sqlstate_.starts_with("23");
  }

 private:
  std::string sqlstate_;
};

/// The connection is lost, or the server has not answered in time. The effect of the last
/// statements is unknown.
class ConnectionLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The ledger must not use this server, for example because its commits are not durable.
class ServerRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace lottery::postgresql
