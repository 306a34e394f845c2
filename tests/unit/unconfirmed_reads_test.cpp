#include "service/storage/postgresql/unconfirmed_reads.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

#include "network/deadline.h"

namespace lottery::postgresql::test {
namespace {

const Deadline soon = std::chrono::steady_clock::now() + std::chrono::minutes(1);

TEST(UnconfirmedReads, NeedOneWrite) {
  UnconfirmedReads reads;
  int writes = 0;
  const auto write = [&](Deadline) { ++writes; };
  reads.confirm(soon, write);
  EXPECT_EQ(writes, 0) << "nothing was read";
  reads.add();
  reads.add();
  reads.confirm(soon, write);
  EXPECT_EQ(writes, 1);
  reads.confirm(soon, write);
  EXPECT_EQ(writes, 1) << "confirmed already";
}

TEST(UnconfirmedReads, StayUnconfirmedIfTheWriteFails) {
  UnconfirmedReads reads;
  reads.add();
  EXPECT_THROW(reads.confirm(soon, [](Deadline) { throw std::runtime_error("no server"); }),
               std::runtime_error);
  int writes = 0;
  reads.confirm(soon, [&](Deadline) { ++writes; });
  EXPECT_EQ(writes, 1);
}

TEST(UnconfirmedReads, AreNotConfirmedByAWriteThatBeganBeforeThem) {
  UnconfirmedReads reads;
  reads.add();
  int writes = 0;
  const auto write = [&](Deadline) {
    if (++writes == 1) reads.add();
  };
  reads.confirm(soon, write);
  reads.confirm(soon, write);
  EXPECT_EQ(writes, 2);
}

}  // namespace
}  // namespace lottery::postgresql::test
