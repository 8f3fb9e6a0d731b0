#include "core/exec/ssh_sockets.h"

namespace anchoko {

// OpenSSH for Windows has no ControlMaster.
std::string make_socket_folder() {
  return {};
}

void remove_socket_folder(const std::string&) {}

}  // namespace anchoko
