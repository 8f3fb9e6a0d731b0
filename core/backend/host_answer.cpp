#include "core/backend/host_answer.h"

#include <chrono>
#include <random>
#include <sstream>

namespace anchoko {

Result<HostAnswer> HostAnswer::fetch(CommandRunner& runner, const std::string& parts) {
  const std::string mark = fresh_mark();
  const std::string script = "mark=" + mark +
                             "\n"
                             "LC_ALL=C\n"
                             "export LC_ALL\n"
                             "part() {\n"
                             "  echo \"$mark $1\"\n"
                             "}\n"
                             "{\n" +
                             parts +
                             "part end\n"
                             "} 2>/dev/null\n";
  const auto output = runner.run({"sh", "-s"}, std::chrono::seconds(30), script);
  if (!output) return fail(output.error());
  HostAnswer answer;
  if (answer.take(output->out, mark)) return answer;
  const std::string where = runner.target().empty() ? "this machine" : runner.target();
  return fail(ErrorKind::failed, where + " could not be looked at: its answer is cut off",
              output->err.substr(0, output->err.find('\n')));
}

bool HostAnswer::take(const std::string& answer, const std::string& mark) {
  std::string title;
  for (const auto& line : lines_of(answer)) {
    if (line.starts_with(mark + " ")) {
      title = line.substr(mark.size() + 1);
    } else if (!title.empty()) {
      parts_[title] += line + "\n";
    }
  }
  return title == "end";
}

const std::string& HostAnswer::text(const std::string& title) const {
  static const std::string nothing;
  const auto found = parts_.find(title);
  return found == parts_.end() ? nothing : found->second;
}

std::string HostAnswer::first_line(const std::string& title) const {
  const std::string& all = text(title);
  return all.substr(0, all.find('\n'));
}

std::vector<std::string> HostAnswer::lines(const std::string& title) const {
  return lines_of(text(title));
}

std::string fresh_mark() {
  std::random_device random;
  return "mark-" + std::to_string(random()) + "-" + std::to_string(random()) + "-" + std::to_string(random());
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace anchoko
