#pragma once

namespace lottery {

/// The name of a SQLite VFS ("The SQLite OS Interface or VFS") for DurableWriter. It is the default
/// VFS with one difference: it collects everything that a commit writes to the WAL, and writes it
/// with one system call. SQLite alone needs two system calls per page.
///
/// It exists for speed. Without it (`synchronous=NORMAL` and the default VFS, which is as durable
/// with WalSync), five agencies stored 0.96 times as many bets a second (71 rounds in turn with
/// this one, standard error 0.025), and the service took 1.05 times the processor time (12 rounds,
/// 0.01). Larger pages were slower: without this VFS, 8 KiB pages gave 0.88, 16 KiB 0.82 and 32 KiB
/// 0.80; with it, 8 KiB gave 0.92 and 16 KiB 0.88.
///
/// The connection must have `synchronous=FULL`, `checkpoint_fullfsync=ON` and `cache_spill=OFF`,
/// which DurableWriter sets. SQLite then:
///
/// 1. syncs the WAL at the end of each commit, before the commit becomes visible, and fails the
///    commit if that fails. At this point the VFS writes what it has collected, and does NOT sync
///    it: the commit is durable only after WalSync has synced it;
/// 2. marks its other syncs (of checkpoints, and of the header of a WAL that begins anew) as
///    SQLITE_SYNC_FULL. The VFS performs these;
/// 3. writes nothing of a transaction before its commit. Otherwise, what a rolled-back transaction
///    had left here would be written later, over commits of another program.
///
/// The first call registers the VFS. Any thread. Throws SQLite::Exception.
const char* write_combining_vfs();

}  // namespace lottery
