// An LD_PRELOAD library that makes getaddrinfo return two addresses for every name: ::1, then
// 127.0.0.1. A test can't change the hosts file.

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cstdlib>
#include <string>

namespace {

struct Entry {
  addrinfo info{};
  sockaddr_storage address{};
};

}  // namespace

extern "C" int getaddrinfo(const char* /*node*/, const char* service, const addrinfo* /*hints*/,
                           addrinfo** found) {
  static Entry first;
  static Entry second;
  const auto port = htons(static_cast<std::uint16_t>(std::stoi(service)));
  auto& v6 = reinterpret_cast<sockaddr_in6&>(first.address);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = port;
  v6.sin6_addr = in6addr_loopback;
  auto& v4 = reinterpret_cast<sockaddr_in&>(second.address);
  v4.sin_family = AF_INET;
  v4.sin_port = port;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  first.info.ai_family = AF_INET6;
  first.info.ai_socktype = SOCK_STREAM;
  first.info.ai_addrlen = sizeof v6;
  first.info.ai_addr = reinterpret_cast<sockaddr*>(&first.address);
  first.info.ai_next = &second.info;
  second.info.ai_family = AF_INET;
  second.info.ai_socktype = SOCK_STREAM;
  second.info.ai_addrlen = sizeof v4;
  second.info.ai_addr = reinterpret_cast<sockaddr*>(&second.address);
  *found = &first.info;
  return 0;
}

extern "C" void freeaddrinfo(addrinfo* /*found*/) {}
