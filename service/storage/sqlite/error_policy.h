#pragma once

#include <SQLiteCpp/Exception.h>

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace lottery {

/// Classifies SQLite's errors, and remembers whether the ledger has failed.
///
/// 1. An error is temporary if nothing of the transaction is stored and a later transaction may
///    succeed: the disk is full, another program holds a lock, a foreign index rejects a row. It
///    becomes LedgerUnavailable.
/// 2. An error is final if what is stored, or whether it can be read, is no longer known. It
///    becomes LedgerFailed, and from then on every guarded call throws LedgerFailed.
///
/// Any thread may call.
class ErrorPolicy {
 public:
  /// `database` appears in the sentences. If the ledger fails, `on_failure` is called once with a
  /// sentence, on the thread that met the failure. It must not call the ledger.
  ErrorPolicy(std::filesystem::path database, std::function<void(const std::string&)> on_failure);

  /// Calls `call` and returns its result. Throws LedgerUnavailable or LedgerFailed in place of
  /// SQLite's exceptions. Throws LedgerFailed at once if the ledger has already failed.
  template <typename Call>
  auto guarded(Call&& call) {
    throw_if_failed();
    try {
      return std::forward<Call>(call)();
    } catch (const SQLite::Exception& error) {
      throw_translated(error, is_final(error));
    }
  }

  /// The same for a `call` that commits, where more errors are final (is_final_in_commit).
  template <typename Call>
  void guarded_commit(Call&& call) {
    throw_if_failed();
    try {
      std::forward<Call>(call)();
    } catch (const SQLite::Exception& error) {
      throw_translated(error, is_final_in_commit(error));
    }
  }

  /// Marks the ledger as failed and throws LedgerFailed. `why` is a sentence.
  [[noreturn]] void fail(const std::string& why);

  /// Marks the ledger as failed if `error` is final. Does not throw; for threads that have no
  /// caller.
  void note(const SQLite::Exception& error);

  bool has_failed() const;

  /// Throws LedgerFailed if the ledger has failed.
  void throw_if_failed() const;

 private:
  static bool is_final(const SQLite::Exception& error);
  static bool is_final_in_commit(const SQLite::Exception& error);

  [[noreturn]] void throw_translated(const SQLite::Exception& error, bool is_final);

  /// The sentence of the first failure.
  std::string mark_failed(const std::string& why);

  std::filesystem::path database_;
  std::function<void(const std::string&)> on_failure_;
  mutable std::mutex mutex_;
  std::optional<std::string> failure_;
};

}  // namespace lottery
