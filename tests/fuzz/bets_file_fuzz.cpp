// Whatever a bets file contains, the check counts each of its rows, and a file that passes the
// check can be read to its end.

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "agency_client/bets_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("lottery-fuzz-" + std::to_string(::getpid()));
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  lottery::BetsFile file(path);
  const lottery::BetsFileCheck found = file.check(3);
  if (found.first_invalid_rows.size() > 3) std::abort();
  if (found.is_good()) {
    std::int64_t bets = 0;
    while (file.next_bet()) ++bets;
    if (bets != found.books.bets) std::abort();
  }
  std::filesystem::remove(path);
  return 0;
}
