#include "service/storage/sqlite/write_combining_vfs.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

namespace lottery {
namespace {

constexpr const char* vfs_name = "lottery-write-combining";

// The most bytes that are collected: the pages of a batch of a thousand bets.
constexpr std::size_t gathered_bytes_max = 128UL * 1024;

/// Adjacent writes to a file, delayed until something else is done with the file.
class CombinedWrites {
 public:
  explicit CombinedWrites(sqlite3_file* file) : file_(file) {}

  int write(const void* bytes, int count, sqlite3_int64 offset) {
    const auto size = static_cast<std::size_t>(count);
    const bool follows = offset == offset_ + static_cast<sqlite3_int64>(bytes_);
    if (!follows || bytes_ + size > gathered_bytes_max) {
      if (const int result = flush(); result != SQLITE_OK) return result;
      if (size > gathered_bytes_max) return file_->pMethods->xWrite(file_, bytes, count, offset);
    }
    if (bytes_ == 0) offset_ = offset;
    std::memcpy(buffer_.data() + bytes_, bytes, size);
    bytes_ += size;
    return SQLITE_OK;
  }

  /// Writes the collected bytes. If that fails, they are dropped, like those of a failed write.
  int flush() {
    if (bytes_ == 0) return SQLITE_OK;
    const int count = static_cast<int>(bytes_);
    bytes_ = 0;
    return file_->pMethods->xWrite(file_, buffer_.data(), count, offset_);
  }

 private:
  sqlite3_file* file_;
  std::vector<char> buffer_ = std::vector<char>(gathered_bytes_max);
  std::size_t bytes_ = 0;
  sqlite3_int64 offset_ = 0;
};

/// The WAL as SQLite has it open. SQLite allocates the memory; the default VFS's file follows this
/// struct.
struct WalFile : sqlite3_file {
  CombinedWrites* writes = nullptr;
  sqlite3_file* usual = nullptr;
};

WalFile& wal_of(sqlite3_file* file) { return *static_cast<WalFile*>(file); }

/// Writes everything that was collected, then calls `call` with the default VFS's file.
template <typename Call>
int after_flush(sqlite3_file* file, Call call) {
  const int result = wal_of(file).writes->flush();
  return result != SQLITE_OK ? result : call(wal_of(file).usual);
}

int close(sqlite3_file* file) {
  // Every commit was written before, so nothing committed is lost here.
  const std::unique_ptr<CombinedWrites> writes(wal_of(file).writes);
  sqlite3_file* const usual = wal_of(file).usual;
  return usual->pMethods->xClose(usual);
}

int read(sqlite3_file* file, void* into, int count, sqlite3_int64 offset) {
  return after_flush(file, [&](sqlite3_file* usual) {
    return usual->pMethods->xRead(usual, into, count, offset);
  });
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  return wal_of(file).writes->write(bytes, count, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return after_flush(file,
                     [&](sqlite3_file* usual) { return usual->pMethods->xTruncate(usual, size); });
}

int sync(sqlite3_file* file, int flags) {
  return after_flush(file, [&](sqlite3_file* usual) {
    const bool is_of_a_commit = (flags & 0x0F) == SQLITE_SYNC_NORMAL;
    return is_of_a_commit ? SQLITE_OK : usual->pMethods->xSync(usual, flags);
  });
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return after_flush(file,
                     [&](sqlite3_file* usual) { return usual->pMethods->xFileSize(usual, size); });
}

// SQLite locks the database, never the WAL.
int lock(sqlite3_file* /*file*/, int /*level*/) { return SQLITE_OK; }

int check_reserved_lock(sqlite3_file* /*file*/, int* result) {
  *result = 0;
  return SQLITE_OK;
}

int file_control(sqlite3_file* file, int operation, void* argument) {
  return after_flush(file, [&](sqlite3_file* usual) {
    return usual->pMethods->xFileControl(usual, operation, argument);
  });
}

int sector_size(sqlite3_file* file) {
  return wal_of(file).usual->pMethods->xSectorSize(wal_of(file).usual);
}

int device_characteristics(sqlite3_file* file) {
  return wal_of(file).usual->pMethods->xDeviceCharacteristics(wal_of(file).usual);
}

const sqlite3_io_methods wal_methods = [] {
  sqlite3_io_methods methods{};
  methods.iVersion = 1;  // no shared memory and no mapping: only the database has them
  methods.xClose = close;
  methods.xRead = read;
  methods.xWrite = write;
  methods.xTruncate = truncate;
  methods.xSync = sync;
  methods.xFileSize = file_size;
  methods.xLock = lock;
  methods.xUnlock = lock;
  methods.xCheckReservedLock = check_reserved_lock;
  methods.xFileControl = file_control;
  methods.xSectorSize = sector_size;
  methods.xDeviceCharacteristics = device_characteristics;
  return methods;
}();

sqlite3_vfs& usual_vfs(sqlite3_vfs* vfs) { return *static_cast<sqlite3_vfs*>(vfs->pAppData); }

int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* flags_out) {
  sqlite3_vfs& usual = usual_vfs(vfs);
  if ((flags & SQLITE_OPEN_WAL) == 0) return usual.xOpen(&usual, path, file, flags, flags_out);

  file->pMethods = nullptr;  // if this fails, there is nothing to close
  auto* const behind = reinterpret_cast<sqlite3_file*>(static_cast<WalFile*>(file) + 1);
  std::unique_ptr<CombinedWrites> writes;
  try {
    writes = std::make_unique<CombinedWrites>(behind);
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  }
  const int result = usual.xOpen(&usual, path, behind, flags, flags_out);
  if (result != SQLITE_OK) return result;
  auto* const wal = new (file) WalFile;
  wal->usual = behind;
  wal->writes = writes.release();  // owned until close()
  wal->pMethods = &wal_methods;
  return SQLITE_OK;
}

sqlite3_vfs* register_vfs() {
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs* const usual = sqlite3_vfs_find(nullptr);
    sqlite3_vfs gathering = *usual;
    gathering.zName = vfs_name;
    gathering.pAppData = usual;
    gathering.szOsFile += static_cast<int>(sizeof(WalFile));
    gathering.xOpen = open;
    return gathering;
  }();
  const int result = sqlite3_vfs_register(&vfs, 0);
  if (result != SQLITE_OK) throw SQLite::Exception("the VFS can't be registered", result);
  return &vfs;
}

}  // namespace

const char* write_combining_vfs() {
  static const sqlite3_vfs* const vfs = register_vfs();
  return vfs->zName;
}

}  // namespace lottery
