#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace lottery::benchmark {

/// Boards that are open in browsers: connections that listen to the status page's events and read
/// them. Beside them, somebody scrapes the metrics again and again.
class OpenBoards {
 public:
  /// Returns once every board has had its first snapshot. Throws std::exception if one has none.
  OpenBoards(std::uint16_t status_port, int boards);

  /// Closes the boards. What they have met is thrown by expect_fine() alone.
  ~OpenBoards();

  OpenBoards(const OpenBoards&) = delete;
  OpenBoards& operator=(const OpenBoards&) = delete;

  /// Throws std::runtime_error if a board was disconnected.
  void expect_fine() const;

 private:
  void read_all();

  std::vector<int> sockets_;
  std::atomic<bool> is_disconnected_ = false;
  std::atomic<bool> is_over_ = false;
  std::thread reader_;  // last: it uses all of the above
};

/// Scrapes /metrics without a pause until it ends.
class Scraper {
 public:
  explicit Scraper(std::uint16_t status_port);
  ~Scraper();
  Scraper(const Scraper&) = delete;
  Scraper& operator=(const Scraper&) = delete;

  /// Ends the scraping. The time that one scrape in a hundred exceeded, in milliseconds. Throws
  /// std::runtime_error if one has failed.
  double p99_milliseconds();

 private:
  void run();

  std::uint16_t port_;
  std::vector<double> milliseconds_;
  std::string failure_;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;  // last: it uses all of the above
};

/// How long it takes to count one batch, with all that its path counts, in seconds.
double seconds_to_count_a_batch();

}  // namespace lottery::benchmark
