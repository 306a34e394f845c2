// Loaded before the C library (LD_PRELOAD), this makes getaddrinfo wait without end, as for a name
// server that does not answer, and then creates the file that RESOLVING_FILE names.

#include <fcntl.h>
#include <netdb.h>
#include <unistd.h>

#include <cstdlib>

extern "C" int getaddrinfo(const char* /*node*/, const char* /*service*/, const addrinfo* /*hints*/,
                           addrinfo** /*found*/) {
  const char* path = std::getenv("RESOLVING_FILE");
  if (path != nullptr) ::close(::open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  for (;;) ::pause();
}
