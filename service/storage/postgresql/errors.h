#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace lottery::postgresql {

/// The server has refused a statement. The transaction is over, and nothing of it is stored.
class StatementFailed : public std::runtime_error {
 public:
  StatementFailed(std::string sqlstate, const std::string& message)
      : std::runtime_error(message), sqlstate_(std::move(sqlstate)) {}

  /// PostgreSQL's code (Appendix A, "Error Codes").
  const std::string& sqlstate() const noexcept { return sqlstate_; }

  /// The same transaction may succeed at once: a serialization failure, a deadlock, or a constraint
  /// that another transaction came between (class 23).
  bool is_worth_a_retry() const noexcept {
    return sqlstate_ == "40001" || sqlstate_ == "40P01" || sqlstate_.starts_with("23");
  }

 private:
  std::string sqlstate_;
};

/// The connection is gone, or the server has not answered in time. What the last statements have
/// done is not known.
class ConnectionLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The server is one that the ledger must not use: it does not keep what it promises, say.
class ServerRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace lottery::postgresql
