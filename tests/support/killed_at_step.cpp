// An LD_PRELOAD library that kills the process just before the n-th call that changes names in a
// folder or syncs something; KILL_AT_STEP is n. A process with fewer such calls runs to its end.

#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace {

void count_step() {
  static int steps = 0;
  const char* last = std::getenv("KILL_AT_STEP");
  if (last != nullptr && ++steps == std::atoi(last)) ::kill(::getpid(), SIGKILL);
}

/// The C library's function with this name, after counting this step.
template <typename Function>
Function after_step(const char* name) {
  count_step();
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

using OnDescriptor = int (*)(int);
using OnPath = int (*)(const char*);
using OnPaths = int (*)(const char*, const char*);
using Rename = int (*)(int, const char*, int, const char*, unsigned int);

}  // namespace

extern "C" int fsync(int descriptor) { return after_step<OnDescriptor>("fsync")(descriptor); }

extern "C" int fdatasync(int descriptor) {
  return after_step<OnDescriptor>("fdatasync")(descriptor);
}

extern "C" int unlink(const char* path) noexcept { return after_step<OnPath>("unlink")(path); }

extern "C" int remove(const char* path) noexcept { return after_step<OnPath>("remove")(path); }

extern "C" int rename(const char* from, const char* to) noexcept {
  return after_step<OnPaths>("rename")(from, to);
}

extern "C" int renameat2(int from_folder, const char* from, int to_folder, const char* to,
                         unsigned int flags) noexcept {
  return after_step<Rename>("renameat2")(from_folder, from, to_folder, to, flags);
}
