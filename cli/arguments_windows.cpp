#include <windows.h>
// windows.h comes first: shellapi.h needs its types.
#include <shellapi.h>

#include "cli/arguments.h"
#include "core/base/text_windows.h"

namespace anchoko::cli {

// argv has lost every letter that the machine's code page does not know; the wide command line has not.
std::vector<std::string> program_words(int, char**) {
  int count = 0;
  wchar_t** const wide = ::CommandLineToArgvW(::GetCommandLineW(), &count);
  std::vector<std::string> words;
  for (int i = 1; wide != nullptr && i < count; ++i) words.push_back(windows::narrow(wide[i]));
  ::LocalFree(wide);
  return words;
}

}  // namespace anchoko::cli
