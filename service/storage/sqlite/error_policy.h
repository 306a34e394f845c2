#pragma once

#include <SQLiteCpp/Exception.h>

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace lottery {

/// Says what an error of SQLite's means for the ledger, and remembers that the ledger has failed.
///
/// 1. An error passes if nothing of the transaction is stored and a later transaction may succeed:
///    the disk is full, another program holds the database, somebody else's index refuses a row.
///    It becomes LedgerUnavailable.
/// 2. An error is final if it is not known any more what is stored or whether it can be read. It
///    becomes LedgerFailed, and from then on every guarded call throws LedgerFailed.
///
/// Any thread may call.
class ErrorPolicy {
 public:
  /// `database` is named in the sentences. `on_failure` is called once if the ledger fails, with a
  /// sentence, on the thread that met the failure; it must not call the ledger.
  ErrorPolicy(std::filesystem::path database, std::function<void(const std::string&)> on_failure);

  /// Calls `call` and returns what it returns. Throws LedgerUnavailable and LedgerFailed in the
  /// place of SQLite's exceptions, and LedgerFailed at once if the ledger has failed before.
  template <typename Call>
  auto guarded(Call&& call) {
    throw_if_failed();
    try {
      return std::forward<Call>(call)();
    } catch (const SQLite::Exception& error) {
      throw_translated(error, is_final(error));
    }
  }

  /// The same for a `call` that commits. More errors are final there (is_final_in_commit).
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

  /// Marks the ledger as failed if `error` is final, and throws nothing: for a thread that has no
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
