#include "service/status/snapshot_feed.h"

#include <utility>

namespace lottery {
namespace {

constexpr std::chrono::seconds interval{1};

constexpr std::string_view before_json = "event: snapshot\ndata: ";
constexpr std::string_view after_json = "\n\n";

}  // namespace

const std::string& PublishedSnapshot::event() const {
  std::call_once(event_is_made_, [this] {
    event_.append(before_json).append(to_json(snapshot_)).append(after_json);
  });
  return event_;
}

std::string_view PublishedSnapshot::json() const {
  std::string_view text = event();
  text.remove_prefix(before_json.size());
  text.remove_suffix(after_json.size());
  return text;
}

SnapshotFeed::SnapshotFeed(std::function<Snapshot(std::size_t)> make)
    : make_(std::move(make)),
      latest_{std::make_shared<const PublishedSnapshot>(make_(1)), 1},
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

SnapshotFeed::~SnapshotFeed() { end(); }

SnapshotFeed::Update SnapshotFeed::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

SnapshotFeed::Update SnapshotFeed::wait_for_newer(std::uint64_t number,
                                                  Clock::time_point deadline) const {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline, [&] { return is_over_ || latest_.number > number; });
  if (is_over_ || latest_.number <= number) return {.snapshot = {}, .number = number};
  return latest_;
}

bool SnapshotFeed::is_over() const {
  const std::lock_guard lock(mutex_);
  return is_over_;
}

void SnapshotFeed::end() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.request_stop();
}

void SnapshotFeed::run(const std::stop_token& stop) {
  auto last = Clock::now();
  std::unique_lock lock(mutex_);
  while (!changed_.wait_until(lock, stop, last + interval, [this] { return is_over_; }) &&
         !stop.stop_requested()) {
    if (Clock::now() < last + interval) continue;
    lock.unlock();
    const auto seconds = (Clock::now() - last) / interval;
    last += seconds * interval;
    auto snapshot =
        std::make_shared<const PublishedSnapshot>(make_(static_cast<std::size_t>(seconds)));
    lock.lock();
    latest_ = {std::move(snapshot), latest_.number + 1};
    changed_.notify_all();
  }
}

}  // namespace lottery
