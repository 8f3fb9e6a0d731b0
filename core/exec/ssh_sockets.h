// Where the shared connection of an ssh_runner is found.
#pragma once

#include <string>

namespace anchoko {

// A new folder that is this user's alone, with a path that leaves room for the name of a socket. Empty: none
// could be made, or ssh of this system cannot share a connection.
std::string make_socket_folder();
void remove_socket_folder(const std::string& folder);

}  // namespace anchoko
