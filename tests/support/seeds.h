#pragma once

#include <gtest/gtest.h>

namespace lottery::test {

/// The seeds 1 to `usual` for a test with random behaviour. With a sanitizer, only the first
/// `sanitized` of them: programs are several times slower, and a sanitizer checks the same things
/// in every run.
inline auto seeds([[maybe_unused]] unsigned usual, [[maybe_unused]] unsigned sanitized) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return testing::Range(1U, sanitized + 1);
#else
  return testing::Range(1U, usual + 1);
#endif
}

}  // namespace lottery::test
