#include "service/allocator.h"

#include <malloc.h>

namespace lottery {
namespace {

// Larger than a connection's buffer for a message of the usual size, so that such messages cost no
// system call.
constexpr int large_block_bytes = 32 * 1024;

}  // namespace

void give_large_blocks_back() noexcept { ::mallopt(M_MMAP_THRESHOLD, large_block_bytes); }

}  // namespace lottery
