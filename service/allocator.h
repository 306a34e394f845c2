#pragma once

namespace lottery {

/// Makes the allocator return large blocks to the system as soon as they are freed. Applies to the
/// whole process. Call it before the process has threads.
///
/// A block of this size holds one long message. Without this call, glibc keeps freed blocks in its
/// arenas, between blocks that are in use: 1,000 idle connections kept 349 MiB after each had
/// received 4 batches of 64 KiB. With this call they keep 43 MiB.
void give_large_blocks_back() noexcept;

}  // namespace lottery
