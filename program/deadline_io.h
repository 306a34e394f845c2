#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>

/// Reading from and writing to a socket with an end in sight: short reads, short writes and a peer
/// that never moves. Errors of the socket are std::system_error. Any thread, one at a time for each
/// direction of a socket.
namespace lottery {

using Deadline = std::chrono::steady_clock::time_point;

/// A peer took longer than it may.
class TimedOut : public std::runtime_error {
 public:
  TimedOut() : std::runtime_error("the peer took too long") {}
};

/// The descriptor that was watched for interruption has become readable. No error, and no
/// std::exception: what reports errors lets it pass.
struct Interrupted {};

/// No descriptor to watch.
inline constexpr int no_interruption = -1;

/// Waits until `interruption` is readable, and throws Interrupted then; returns at `deadline`.
void pause_until(Deadline deadline, int interruption);

/// Waits until one of poll(2)'s `events` is there on `descriptor`. Throws TimedOut at `deadline`,
/// and Interrupted where `interruption` is readable.
void wait_for(int descriptor, short events, Deadline deadline, int interruption = no_interruption);

/// What ended a wait for an event.
enum class EventWait : std::uint8_t {
  happened,
  peer_ended,  ///< it has gone, or has ended its side: the two can't be told apart
  deadline,
};

/// Waits until `event`, a descriptor, is readable, until the peer of `socket` has ended its side
/// (or this side has ended its reading), or until `deadline`. Reads nothing: bytes that come do not
/// end the wait.
EventWait wait_for_event(int event, int socket, Deadline deadline);

/// Reads what there is, one byte at least; 0 once the peer has closed its side. What has come is
/// read even where the deadline has passed. Throws as wait_for does.
std::size_t receive_some(int socket, std::span<char> into, Deadline deadline,
                         int interruption = no_interruption);

/// Reads what there is, without waiting: nothing where nothing has come, and where the next
/// receive_some() would throw; 0 once the peer has closed its side.
std::optional<std::size_t> receive_now(int socket, std::span<char> into) noexcept;

/// Writes all of `bytes`. Throws as wait_for does.
void send_all(int socket, std::string_view bytes, Deadline deadline,
              int interruption = no_interruption);

}  // namespace lottery
