#pragma once

namespace lottery {

/// Makes the allocator return large freed blocks to the system at once. Affects the whole process.
/// Call it before any thread starts.
///
/// A block of 32 KiB or more belongs to one long message. By default, glibc keeps freed blocks in
/// its arenas, between blocks that are in use: 1,000 idle connections kept 349 MiB after each of
/// them had received 4 batches of 64 KiB at the same time. With this call they keep 43 MiB.
void give_large_blocks_back() noexcept;

}  // namespace lottery
