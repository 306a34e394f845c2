#pragma once

namespace lottery {

/// Returns the name of a SQLite VFS ("The SQLite OS Interface or VFS") for DurableWriter. It is the
/// default VFS, except for the WAL: it collects everything that a commit writes there, and writes
/// it with one system call. SQLite alone makes two calls per page.
///
/// The reason is speed. Without it (`synchronous=NORMAL` and the default VFS, which is as durable
/// with WalSync), five agencies stored 0.96 times as many bets a second (71 alternating rounds,
/// standard error 0.025), and the service took 1.05 times the processor time (12 rounds, 0.01).
/// Larger pages were slower: without this VFS, 8 KiB pages gave 0.88, 16 KiB 0.82 and 32 KiB 0.80;
/// with it, 8 KiB gave 0.92 and 16 KiB 0.88.
///
/// The connection must have `synchronous=FULL`, `checkpoint_fullfsync=ON` and `cache_spill=OFF`,
/// which DurableWriter sets. SQLite then:
///
/// 1. Syncs the WAL at the end of each commit, before anybody sees the commit, and fails the commit
///    if the sync fails. At this call the VFS writes the collected data, but does NOT sync it: the
///    commit is not durable until WalSync has synced the WAL.
/// 2. Marks the other syncs, of its checkpoints and of the header of a restarted WAL, with
///    SQLITE_SYNC_FULL. The VFS performs these syncs.
/// 3. Writes nothing of a transaction before its commit. Otherwise data of a transaction that is
///    rolled back would stay in the VFS, be written later, and overwrite what another program has
///    committed there meanwhile.
///
/// The first call registers the VFS. Any thread. Throws SQLite::Exception.
const char* write_combining_vfs();

}  // namespace lottery
