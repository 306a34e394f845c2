#pragma once

namespace lottery {

/// The name of a VFS of SQLite's ("The SQLite OS Interface or VFS") for the connection that writes.
/// It is the usual one, but for the WAL: all that a commit writes there is gathered, and written
/// with one system call, where SQLite makes two for each page. That is an eighth of a batch's turn
/// to write.
///
/// The connection must have `synchronous=FULL`, `checkpoint_fullfsync=ON` and `cache_spill=OFF`, as
/// DatabaseFile::connect_to_write() gives it. SQLite then
///
/// 1. syncs the WAL at the end of each commit, before anybody sees the commit, and fails the commit
///    where that fails: this is where what was gathered is written. It is NOT synced: until WalSync
///    has done that, the commit is not durable;
/// 2. marks the other syncs, of its checkpoints and of the header of a WAL that begins anew, as
///    SQLITE_SYNC_FULL: those are done;
/// 3. writes nothing of a transaction before its commit. What a transaction that is rolled back had
///    left here would be written later, over what another program has committed there meanwhile.
///
/// Registered at the first call. Any thread. Throws SQLite::Exception.
const char* write_combining_vfs();

}  // namespace lottery
