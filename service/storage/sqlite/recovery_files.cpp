#include "service/storage/sqlite/recovery_files.h"

#include <SQLiteCpp/Exception.h>
#include <fcntl.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <vector>

#include "service/storage/sqlite/database_header.h"
#include "service/storage/sqlite/wal_frames.h"

namespace lottery {
namespace {

// More schema changes than can happen between two checkpoints. Two databases whose random schema
// versions are this close are mistaken for one, which happens for one pair in 100,000.
constexpr std::uint32_t schema_changes_max = 10'000;

// SQLite locks bytes of the page at this offset, and never stores data in it.
constexpr std::uint32_t lock_page_offset = 0x40000000;

constexpr std::array<unsigned char, 8> journal_magic{0xD9, 0xD5, 0x05, 0xF9,
                                                     0x20, 0xA1, 0x63, 0xD7};
constexpr std::size_t journal_header_bytes = 28;

/// The header of a rollback journal (SQLite, "Database File Format", 3).
struct Journal {
  std::uint32_t records = 0;
  std::uint32_t database_pages = 0;  // before the transaction
  std::uint32_t sector_bytes = 0;
  std::uint32_t page_bytes = 0;
};

/// Empty if the journal does not request a rollback.
std::optional<Journal> read_journal(const OpenFile& file) {
  std::array<unsigned char, journal_header_bytes> header{};
  if (file.read_at(0, header) < header.size() ||
      !std::equal(journal_magic.begin(), journal_magic.end(), header.begin())) {
    return std::nullopt;
  }
  return Journal{.records = big_endian(header, 8),
                 .database_pages = big_endian(header, 16),
                 .sector_bytes = big_endian(header, 20),
                 .page_bytes = big_endian(header, 24)};
}

/// The header that the database had before the transaction, if the journal contains it.
std::optional<DatabaseHeader> header_in_journal(const OpenFile& file, const Journal& journal) {
  std::array<unsigned char, 4 + DatabaseHeader::bytes> record{};
  const off_t record_bytes = off_t{journal.page_bytes} + 8;
  for (std::uint32_t i = 0; i < journal.records; ++i) {
    const off_t at = off_t{journal.sector_bytes} + off_t{i} * record_bytes;
    if (file.read_at(at, record) < record.size()) break;
    if (big_endian(record, 0) == 1) {
      return parse_database_header(
          std::span<const unsigned char>(record).last<DatabaseHeader::bytes>());
    }
  }
  return std::nullopt;
}

std::optional<DatabaseHeader> read_header(const OpenFile& database) {
  std::array<unsigned char, DatabaseHeader::bytes> bytes{};
  if (database.read_at(0, bytes) < bytes.size()) return std::nullopt;
  return parse_database_header(bytes);
}

std::optional<OpenFile> open_wal(const std::filesystem::path& database) {
  auto wal = OpenFile::open(wal_path_of(database), O_RDONLY);
  if (wal && wal->size() == 0) wal.reset();  // SQLite ignores an empty one
  return wal;
}

DatabaseError foreign_wal_error(const std::filesystem::path& database, const std::string& reason) {
  return database_error(
      database, "does not belong to the WAL " + wal_path_of(database).string() + " beside it (" +
                    reason +
                    "); nothing was changed: put back the database that the WAL belongs to, or "
                    "move the WAL away");
}

DatabaseError foreign_journal_error(const std::filesystem::path& database,
                                    const std::string& reason) {
  return database_error(
      database, "does not belong to the journal " + journal_path_of(database).string() +
                    " beside it (" + reason +
                    "); nothing was changed: put back the database that the journal belongs to, or "
                    "move the journal away");
}

/// `state` says whether the database is empty or missing.
void check_that_nothing_is_left(const std::filesystem::path& database, const std::string& state) {
  if (open_wal(database)) throw foreign_wal_error(database, state);
  if (const auto file = OpenFile::open(journal_path_of(database), O_RDONLY)) {
    const auto journal = read_journal(*file);
    // If the process is killed while it creates the database, the journal says that it had no
    // pages.
    if (journal && journal->database_pages > 0) throw foreign_journal_error(database, state);
  }
}

void check_journal(const OpenFile& database, const DatabaseHeader& header) {
  const auto file = OpenFile::open(journal_path_of(database.path()), O_RDONLY);
  if (!file) return;
  const auto journal = read_journal(*file);
  if (!journal) return;
  if (!is_page_size(journal->page_bytes) || journal->page_bytes != header.page_bytes) {
    throw foreign_journal_error(database.path(), "their pages differ in size");
  }
  const auto before = header_in_journal(*file, *journal);
  if (before && header.change_counter - before->change_counter > 1) {
    throw foreign_journal_error(database.path(), "they are from different moments");
  }
}

/// The reason why these frames can't belong to this database; empty if there is none.
std::string mismatch(const DatabaseHeader& header, const WalFrames& wal, off_t database_bytes) {
  if (wal.page_bytes != header.page_bytes) return "their pages differ in size";

  const auto pages_in_file = static_cast<std::uint64_t>(database_bytes) / header.page_bytes;
  std::vector<bool> is_in_wal(std::size_t{wal.database_pages} + 1);
  for (const std::uint32_t page : wal.pages) {
    if (page <= wal.database_pages) is_in_wal[page] = true;
  }
  const std::uint32_t lock_page = lock_page_offset / header.page_bytes + 1;
  for (std::uint64_t page = pages_in_file + 1; page <= wal.database_pages; ++page) {
    if (!is_in_wal[page] && page != lock_page) {
      return "page " + std::to_string(page) + " of " + std::to_string(wal.database_pages) +
             " is in neither file";
    }
  }

  if (wal.headers.empty()) {
    // Page 1 contains the number of pages. If page 1 did not change, neither did the number.
    const bool is_same = !header.pages || *header.pages == wal.database_pages;
    return is_same ? "" : "they differ in their number of pages";
  }
  const DatabaseHeader& first = wal.headers.front();
  const std::uint32_t schema_changes = first.schema_cookie - header.schema_cookie;
  if (std::min(schema_changes, 0U - schema_changes) > schema_changes_max) {
    return "they were created as different databases";
  }
  const std::uint32_t before_first = first.change_counter - 1;
  const std::uint32_t changes_max = wal.headers.back().change_counter - before_first;
  if (header.change_counter - before_first > changes_max) return "they are from different moments";
  return "";
}

}  // namespace

void check_recovery_files_of_missing(const std::filesystem::path& database) {
  check_that_nothing_is_left(database, "the database is missing");
}

bool check_recovery_files(const OpenFile& database) {
  const off_t bytes = database.size();
  if (bytes == 0) {
    check_that_nothing_is_left(database.path(), "the database is empty");
    return false;
  }
  const auto header = read_header(database);
  if (header) check_journal(database, *header);
  const auto wal = open_wal(database.path());
  if (!wal) return false;
  if (!header) throw database_error(database.path(), "is not a database");
  if (!header->is_in_wal_mode) {
    throw foreign_wal_error(database.path(), "the database is in rollback mode, as a backup is");
  }
  const WalFrames frames = read_wal_frames(*wal);
  if (frames.pages.empty()) return false;
  const std::string reason = mismatch(*header, frames, bytes);
  if (!reason.empty()) throw foreign_wal_error(database.path(), reason);
  return true;
}

void check_recovery_files_to_read(SQLite::Database& connection,
                                  const std::filesystem::path& database) {
  // Reads through SQLite's own descriptor: closing another one would release SQLite's locks on the
  // file.
  sqlite3_file* file = nullptr;
  std::array<unsigned char, DatabaseHeader::bytes> bytes{};
  int result = sqlite3_file_control(connection.getHandle(), "main", SQLITE_FCNTL_FILE_POINTER,
                                    static_cast<void*>(&file));
  sqlite3_int64 size = 0;
  if (result == SQLITE_OK) result = file->pMethods->xFileSize(file, &size);
  if (result == SQLITE_OK && size == 0) {
    check_that_nothing_is_left(database, "the database is empty");
    return;
  }
  if (result == SQLITE_OK) {
    result = file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), 0);
  }
  if (result != SQLITE_OK && result != SQLITE_IOERR_SHORT_READ) {
    throw SQLite::Exception("its header can't be read", result);
  }
  const auto header = parse_database_header(bytes);
  if (header && !header->is_in_wal_mode && open_wal(database)) {
    throw foreign_wal_error(database, "the database is in rollback mode, as a backup is");
  }
}

std::filesystem::path wal_path_of(const std::filesystem::path& database) {
  return database.string() + "-wal";
}

std::filesystem::path shm_path_of(const std::filesystem::path& database) {
  return database.string() + "-shm";
}

std::filesystem::path journal_path_of(const std::filesystem::path& database) {
  return database.string() + "-journal";
}

}  // namespace lottery
