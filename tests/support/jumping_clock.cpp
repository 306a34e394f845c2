// An LD_PRELOAD library that makes the time of day jump back and forth by up to about a year
// between calls. The monotonic clock is not changed.

#include <dlfcn.h>
#include <sys/time.h>

#include <atomic>
#include <ctime>

namespace {

std::time_t jump() {
  static std::atomic<unsigned> calls{0};
  constexpr unsigned year_seconds = 365U * 24U * 60U * 60U;
  return static_cast<std::time_t>((calls++ * 2654435761U) % (2U * year_seconds)) -
         static_cast<std::time_t>(year_seconds);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) {
  using ClockGettime = int (*)(clockid_t, timespec*);
  static const auto real = reinterpret_cast<ClockGettime>(::dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = real(clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += jump();
  return result;
}

extern "C" int gettimeofday(timeval* __restrict time, void* __restrict zone) {
  using Gettimeofday = int (*)(timeval*, void*);
  static const auto real = reinterpret_cast<Gettimeofday>(::dlsym(RTLD_NEXT, "gettimeofday"));
  const int result = real(time, zone);
  if (result == 0) time->tv_sec += jump();
  return result;
}
