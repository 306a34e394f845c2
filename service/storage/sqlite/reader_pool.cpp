#include "service/storage/sqlite/reader_pool.h"

#include "service/ledger.h"

namespace lottery {

ReaderPool::ReaderPool(const DatabaseFile& file, int readers) {
  for (int i = 0; i < readers; ++i) {
    readers_.push_back(std::make_unique<Reader>(file.connect_to_read()));
    free_.push_back(readers_.back().get());
  }
}

void ReaderPool::end() noexcept {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  became_free_.notify_all();
}

Reader& ReaderPool::take() {
  std::unique_lock lock(mutex_);
  became_free_.wait(lock, [this] { return is_over_ || !free_.empty(); });
  throw_if_over();
  Reader& reader = *free_.back();
  free_.pop_back();
  return reader;
}

void ReaderPool::give_back(Reader& reader) {
  {
    const std::lock_guard lock(mutex_);
    free_.push_back(&reader);
  }
  became_free_.notify_one();
}

void ReaderPool::throw_if_over() const {
  if (is_over_) throw LedgerUnavailable("the service is stopping");
}

}  // namespace lottery
