// An LD_PRELOAD library that kills the process at the n-th call that changes a file or a folder;
// KILL_AT_CALL is n. The call is not made, or only half of it: a write writes the first half of its
// bytes. Calls on the descriptors 0 to 2 do not count.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdarg>
#include <cstdlib>

namespace {

bool is_the_last_call() {
  static const int last = std::atoi(std::getenv("KILL_AT_CALL"));
  static std::atomic<int> calls{0};
  return ++calls == last;
}

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

template <typename Function, typename... Arguments>
auto call(const char* name, Arguments... arguments) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name))(arguments...);
}

template <typename Function, typename... Arguments>
auto call_unless_last(const char* name, Arguments... arguments) {
  if (is_the_last_call()) die();
  return call<Function>(name, arguments...);
}

using Pwrite = ssize_t (*)(int, const void*, size_t, off_t);

ssize_t pwrite_unless_last(const char* name, int descriptor, const void* bytes, size_t count,
                           off_t offset) {
  if (descriptor > 2 && is_the_last_call()) {
    call<Pwrite>(name, descriptor, bytes, count / 2, offset);
    die();
  }
  return call<Pwrite>(name, descriptor, bytes, count, offset);
}

int open_unless_last(const char* name, const char* path, int flags, mode_t mode) {
  if ((flags & O_CREAT) != 0 && is_the_last_call()) die();
  return call<int (*)(const char*, int, ...)>(name, path, flags, mode);
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
  return pwrite_unless_last("pwrite", descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t offset) {
  return pwrite_unless_last("pwrite64", descriptor, bytes, count, offset);
}

ssize_t write(int descriptor, const void* bytes, size_t count) {
  using Write = ssize_t (*)(int, const void*, size_t);
  if (descriptor > 2 && is_the_last_call()) {
    call<Write>("write", descriptor, bytes, count / 2);
    die();
  }
  return call<Write>("write", descriptor, bytes, count);
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_unless_last("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_unless_last("open64", path, flags, mode);
}

int ftruncate(int descriptor, off_t size) noexcept {
  return call_unless_last<int (*)(int, off_t)>("ftruncate", descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) noexcept {
  return call_unless_last<int (*)(int, off64_t)>("ftruncate64", descriptor, size);
}

int fsync(int descriptor) { return call_unless_last<int (*)(int)>("fsync", descriptor); }

int fdatasync(int descriptor) { return call_unless_last<int (*)(int)>("fdatasync", descriptor); }

int fchmod(int descriptor, mode_t mode) noexcept {
  return call_unless_last<int (*)(int, mode_t)>("fchmod", descriptor, mode);
}

int mkdir(const char* path, mode_t mode) noexcept {
  return call_unless_last<int (*)(const char*, mode_t)>("mkdir", path, mode);
}

int unlink(const char* path) noexcept {
  return call_unless_last<int (*)(const char*)>("unlink", path);
}

}  // extern "C"
