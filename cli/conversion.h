// What `convert` and `merge` have in common: files in, one file out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "core/base/result.h"
#include "core/convert/pipeline.h"

namespace CLI {
class App;
}

namespace anchoko::cli {

// Options of all commands that read captures.
void add_read_options(CLI::App& app, formats::ReadOptions& options, const char* group);
// What to say when they were given and no input is of a format that they mean anything for; else empty.
std::string unused_read_options(const formats::ReadOptions& options,
                                const std::vector<std::string>& input_formats);

class ConversionOptions {
 public:
  // `order`: how the inputs are read, for the help.
  void add_to(CLI::App& app, const char* order);
  // Only for `convert`.
  void add_follow(CLI::App& app);

  // The exit status, or an error that has one.
  Result<int> run(Context& context, bool by_time) const;

 private:
  Result<convert::Request> prepare(const Context& context, bool by_time) const;
  Result<void> check_files(const Context& context) const;
  int finish(Context& context, const convert::Outcome& outcome) const;
  void warn_of_name(const Context& context) const;

  std::vector<std::string> inputs_;
  std::string output_;
  std::string format_ = "pcapng";
  std::optional<std::string> filter_;
  std::optional<std::string> snaplen_;
  std::optional<std::string> packets_;
  std::string reading_ = "file";
  bool strict_ = false;
  bool verify_ = false;
  bool one_layer_ = false;
  formats::ReadOptions read_;
  bool follow_ = false;
  bool force_ = false;
};

}  // namespace anchoko::cli
