#pragma once

#include <SQLiteCpp/Exception.h>

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace lottery {

/// Decides what an error of SQLite means for the ledger, and remembers that the ledger has failed.
///
/// 1. An error is temporary if nothing of the transaction is stored and a later transaction may
///    succeed: the disk is full, another program holds the database, or an index that somebody
///    added refuses a row. It becomes LedgerUnavailable.
/// 2. An error is final if it is no longer known what is stored, or whether it can be read. It
///    becomes LedgerFailed, and every later guarded call throws LedgerFailed.
///
/// Any thread may call.
class ErrorPolicy {
 public:
  /// `database` is the name in the error messages. `on_failure` is called once, with a sentence, if
  /// the ledger fails, on the thread that got the error; it must not call the ledger.
  ErrorPolicy(std::filesystem::path database, std::function<void(const std::string&)> on_failure);

  /// Calls `call` and returns its result. Converts SQLite's exceptions to LedgerUnavailable and
  /// LedgerFailed. If the ledger has failed before, throws LedgerFailed at once.
  template <typename Call>
  auto guarded(Call&& call) {
    throw_if_failed();
    try {
      return std::forward<Call>(call)();
    } catch (const SQLite::Exception& error) {
      throw_translated(error, is_final(error));
    }
  }

  /// Like guarded(), for a `call` that commits. More errors are final then (is_final_in_commit).
  template <typename Call>
  void guarded_commit(Call&& call) {
    throw_if_failed();
    try {
      std::forward<Call>(call)();
    } catch (const SQLite::Exception& error) {
      throw_translated(error, is_final_in_commit(error));
    }
  }

  /// Marks the ledger as failed, and throws LedgerFailed. `why` is a sentence.
  [[noreturn]] void fail(const std::string& why);

  /// Marks the ledger as failed if `error` is final, and throws nothing. For threads without a
  /// caller.
  void note(const SQLite::Exception& error);

  bool has_failed() const;

  /// Throws LedgerFailed if the ledger has failed.
  void throw_if_failed() const;

 private:
  static bool is_final(const SQLite::Exception& error);
  static bool is_final_in_commit(const SQLite::Exception& error);

  [[noreturn]] void throw_translated(const SQLite::Exception& error, bool is_final);

  /// Returns the sentence of the first failure.
  std::string mark_failed(const std::string& why);

  std::filesystem::path database_;
  std::function<void(const std::string&)> on_failure_;
  mutable std::mutex mutex_;
  std::optional<std::string> failure_;
};

}  // namespace lottery
