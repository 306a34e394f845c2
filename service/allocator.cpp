#include "service/allocator.h"

#include <malloc.h>

namespace lottery {
namespace {

// Larger than a connection needs for messages of the usual size, so that these cost no system call.
constexpr int large_block_bytes = 32 * 1024;

}  // namespace

void give_large_blocks_back() noexcept { ::mallopt(M_MMAP_THRESHOLD, large_block_bytes); }

}  // namespace lottery
