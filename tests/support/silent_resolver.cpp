// An LD_PRELOAD library that makes getaddrinfo block for ever, as if the name server did not
// answer, after creating the file named by RESOLVING_FILE.

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
