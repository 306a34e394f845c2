// An LD_PRELOAD library. While the file named by NO_MORE_THREADS_WHERE_EXISTS exists,
// pthread_create fails, as at a limit on processes (`ulimit -u`).

#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*start)(void*), void* argument) {
  const char* trigger = std::getenv("NO_MORE_THREADS_WHERE_EXISTS");
  if (trigger != nullptr && ::access(trigger, F_OK) == 0) return EAGAIN;
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  return reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"))(thread, attributes, start,
                                                                        argument);
}
