#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/reader.h"

namespace lottery {

/// A pool of reading connections. Each is lent to one thread at a time. Any thread may call.
class ReaderPool {
 public:
  /// A reader that is lent while this object lives. The pool must outlive it.
  class Loan {
   public:
    /// Waits until a reader is free. Throws LedgerUnavailable after ReaderPool::end().
    explicit Loan(ReaderPool& pool) : pool_(pool), reader_(pool.take()) {}
    ~Loan() { pool_.give_back(reader_); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    Reader& operator*() const noexcept { return reader_; }

    /// Throws LedgerUnavailable after ReaderPool::end().
    void throw_if_over() const { pool_.throw_if_over(); }

   private:
    ReaderPool& pool_;
    Reader& reader_;
  };

  /// Opens `readers` connections to `file`, which must outlive this. Throws SQLite::Exception.
  ReaderPool(const DatabaseFile& file, int readers);

  /// From now on no reader is lent. All waiting threads return.
  void end() noexcept;

 private:
  Reader& take();
  void give_back(Reader& reader);
  void throw_if_over() const;

  std::vector<std::unique_ptr<Reader>> readers_;
  std::mutex mutex_;
  std::condition_variable became_free_;
  std::vector<Reader*> free_;
  std::atomic<bool> is_over_ = false;
};

}  // namespace lottery
