#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <fstream>
#include <string>
#include <thread>

namespace lottery::test {

/// Waits until the thread (of this process) sleeps.
inline void wait_until_asleep(pid_t thread) {
  const std::string path = "/proc/self/task/" + std::to_string(thread) + "/stat";
  for (char state = 0; state != 'S'; std::this_thread::yield()) {
    std::string stat;
    std::getline(std::ifstream(path), stat);
    // `id (name) state ...`; the name may contain anything.
    const std::size_t end_of_name = stat.rfind(") ");
    ASSERT_NE(end_of_name, std::string::npos) << stat;
    state = stat[end_of_name + 2];
  }
}

}  // namespace lottery::test
