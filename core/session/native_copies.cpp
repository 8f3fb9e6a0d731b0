#include "core/session/native_copies.h"

#include <span>
#include <system_error>

#include "core/base/file.h"

namespace anchoko::session {

NativeCopies::~NativeCopies() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Result<std::vector<std::string>> NativeCopies::bring(KeeperClient& keeper,
                                                     const std::vector<KeeperReport::File>& files,
                                                     const Options& options) {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  if (auto made = make_private_folder(folder_); !made) return fail(made.error());
  std::uint64_t total = 0;
  for (const auto& file : files) total += file.bytes;
  std::uint64_t done = 0;
  std::vector<std::string> paths;
  for (const auto& file : files) {
    std::string path = utf8(folder_ / path_of(file.name));
    auto output = create_output(path, Overwrite::no);
    if (!output) return fail(output.error());
    const auto take = [&](std::string_view piece) -> Result<void> {
      if (options.interrupted && options.interrupted()) return fail(ErrorKind::interrupted, "interrupted");
      done += piece.size();
      if (options.progress) options.progress(done, total);
      return (*output)->write(std::as_bytes(std::span(piece)));
    };
    if (auto brought = keeper.fetch(file, take); !brought) return fail(brought.error());
    if (auto written = (*output)->commit(); !written) return fail(written.error());
    paths.push_back(std::move(path));
  }
  return paths;
}

}  // namespace anchoko::session
