// Text between this program (UTF-8) and Windows (UTF-16). For files called x_windows.cpp only.
#pragma once

#include <string>
#include <string_view>

namespace anchoko::windows {

// What is not valid becomes U+FFFD, so that a name that cannot be written is not another name.
std::wstring wide(std::string_view utf8);
std::string narrow(std::wstring_view utf16);

// What Windows says about an error code (GetLastError), without its line end.
std::string error_text(unsigned long code);

// Empty when it is not set.
std::string environment(const wchar_t* name);

}  // namespace anchoko::windows
