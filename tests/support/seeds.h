#pragma once

#include <gtest/gtest.h>

namespace lottery::test {

/// The seeds 1 to `usual` of a test that does something at random. With a sanitizer, programs take
/// several times as long, and what a sanitizer looks for is the same in every run: then only the
/// first `sanitized` of them.
inline auto seeds([[maybe_unused]] unsigned usual, [[maybe_unused]] unsigned sanitized) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return testing::Range(1U, sanitized + 1);
#else
  return testing::Range(1U, usual + 1);
#endif
}

}  // namespace lottery::test
