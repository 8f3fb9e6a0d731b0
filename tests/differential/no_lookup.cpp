// libpcap takes an unknown word for a host name and asks the resolver. No test may wait for a name server, or
// mean something else where there is one: in this program only addresses are understood. Service names still
// are.
#include <dlfcn.h>
#include <netdb.h>

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  addrinfo wanted{};
  if (hints != nullptr) wanted = *hints;
  if (node != nullptr) wanted.ai_flags |= AI_NUMERICHOST;
  return real(node, service, &wanted, result);
}
