#include "cli/render/messages.h"

#include "cli/render/text.h"
#include "cli/terminal.h"

namespace anchoko::cli {
namespace {

constexpr const char* red = "\033[1;31m";
constexpr const char* yellow = "\033[1;33m";

std::string labelled(const char* color, const char* word, const std::string& text) {
  const std::string label = std::string(word) + ":";
  return "anchoko: " + (color == nullptr ? label : color + label + "\033[0m") + " " + printable(text) + "\n";
}

const char* kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::failed:
      return "failed";
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::partial:
      return "partial";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::refused:
      return "refused";
    case ErrorKind::interrupted:
      return "interrupted";
  }
  return "failed";
}

}  // namespace

std::string render(const Error& error, bool color) {
  std::string text;
  for (const auto& diagnostic : error.diagnostics) text += anchoko::render(diagnostic, color);
  if (!error.message.empty() || error.diagnostics.empty()) {
    text += labelled(color ? red : nullptr, "error",
                     error.message.empty() ? kind_name(error.kind) : error.message);
  }
  // A hint may be several lines: a command to type stands alone on its own.
  std::size_t at = 0;
  while (at < error.hint.size()) {
    const std::size_t end = std::min(error.hint.find('\n', at), error.hint.size());
    text += "  = " + printable(error.hint.substr(at, end - at)) + "\n";
    at = end + 1;
  }
  return text;
}

void Messages::line(const char* color, const char* word, const std::string& text) const {
  write_all(Stream::err, labelled(color_ ? color : nullptr, word, text));
}

void Messages::error(const Error& error) const {
  write_all(Stream::err, render(error, color_));
}
void Messages::warning(const std::string& text) const {
  line(yellow, "warning", text);
}
void Messages::diagnostic(const Diagnostic& diagnostic) const {
  write_all(Stream::err, anchoko::render(diagnostic, color_));
}
void Messages::info(const std::string& text) const {
  if (loudness_ != Loudness::quiet) write_all(Stream::err, "anchoko: " + printable(text) + "\n");
}
void Messages::detail(const std::string& text) const {
  if (loudness_ == Loudness::verbose) write_all(Stream::err, "anchoko: " + printable(text) + "\n");
}
void Messages::block(const std::string& text) const {
  if (loudness_ != Loudness::quiet) write_all(Stream::err, text);
}

Json to_json(const Diagnostic& diagnostic) {
  Json json = Json::object();
  json.set("severity", severity_word(diagnostic.severity));
  json.set("source", diagnostic.source);
  json.set("line", diagnostic.line);
  json.set("column", diagnostic.column);
  json.set("message", diagnostic.message);
  json.set("hint", diagnostic.hint);
  return json;
}

Json to_json(const Error& error) {
  Json diagnostics = Json::array();
  for (const auto& diagnostic : error.diagnostics) diagnostics.add(to_json(diagnostic));
  Json inner = Json::object();
  inner.set("kind", kind_name(error.kind));
  inner.set("message", error.message);
  inner.set("hint", error.hint);
  inner.set("diagnostics", std::move(diagnostics));
  Json json = Json::object();
  json.set("error", std::move(inner));
  json.set("exit_status", exit_status(error.kind));
  return json;
}

}  // namespace anchoko::cli
