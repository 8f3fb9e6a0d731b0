#include "config/filter_text.h"

#include <algorithm>
#include <optional>

#include "config/located.h"
#include "config/parameter_value.h"
#include "config/placeholder.h"
#include "core/filter/parser.h"
#include "core/filter/satisfiable.h"

namespace anchoko::config {
namespace {

// Bytes of a filled text, and what of the profile they come from.
struct Part {
  std::size_t offset = 0;
  std::size_t length = 0;
  const Located<std::string>* source = nullptr;
  const WrittenText* written = nullptr;
  std::size_t source_offset = 0;
  std::size_t source_length = 0;
  std::string parameter;  // not empty: a value stands here
};

struct FilledText {
  std::string text;
  std::vector<Part> parts;  // in order; what lies between them is ours

  void append(const FilledText& other) {
    for (Part part : other.parts) {
      part.offset += text.size();
      parts.push_back(std::move(part));
    }
    text += other.text;
  }
};

// Placeholders without a value stay.
FilledText fill(const Located<std::string>& source, const WrittenText& written,
                const ParameterValues& values) {
  FilledText filled;
  std::size_t done = 0;
  const auto add = [&](const std::string& text, std::size_t from, std::size_t length, std::string parameter) {
    filled.parts.push_back(
        {filled.text.size(), text.size(), &source, &written, from, length, std::move(parameter)});
    filled.text += text;
  };
  for (const Placeholder& placeholder : find_placeholders(source.value)) {
    const auto value = values.find(placeholder.name);
    if (value == values.end()) continue;
    if (placeholder.offset > done)
      add(source.value.substr(done, placeholder.offset - done), done, placeholder.offset - done, "");
    add(value->second, placeholder.offset, placeholder.length, placeholder.name);
    done = placeholder.offset + placeholder.length;
  }
  add(source.value.substr(done), done, source.value.size() - done, "");
  return filled;
}

// A diagnostic of the filled text, moved to where its words are written.
void move_into_profile(Diagnostic& d, const FilledText& filled) {
  const std::size_t first = d.column > 0 ? d.column - 1 : 0;
  const std::size_t last = first + std::max<std::size_t>(d.length, 1) - 1;
  // What lies between two parts is told of the one before it.
  const auto part_at = [&](std::size_t offset) {
    const auto next = std::ranges::upper_bound(filled.parts, offset, {}, &Part::offset);
    return next == filled.parts.begin() ? next : next - 1;
  };
  const auto from = part_at(first);
  const auto to = part_at(last);
  const bool inside = first < from->offset + from->length;
  std::size_t begin = from->source_offset + (first - from->offset);
  if (!from->parameter.empty()) begin = from->source_offset + (inside ? 0 : from->source_length);
  std::size_t end = begin;
  if (to->source == from->source) {
    end = to->parameter.empty() ? to->source_offset + (last - to->offset)
                                : to->source_offset + to->source_length - 1;
  } else {
    end = from->source_offset + from->source_length - 1;
  }
  const std::size_t length = end >= begin ? end - begin + 1 : 1;
  const Stretch stretch = stretch_of(*from->source, *from->written, begin, length);
  d.source = stretch.place.source;
  d.line = stretch.place.line;
  d.column = stretch.place.column;
  d.length = stretch.length;
  d.excerpt = stretch.place.excerpt;
  std::string values;
  for (auto part = from; part <= to; ++part) {
    if (part->parameter.empty() || (part == from && !inside)) continue;
    const std::string value = filled.text.substr(part->offset, part->length);
    values += (values.empty() ? "" : ", ") + ("{" + part->parameter + "} is " + value + " here");
  }
  if (!values.empty()) d.hint = d.hint.empty() ? values : d.hint + " (" + values + ")";
}

Result<filter::FilterExpr> parse(const FilledText& filled, bool satisfiable) {
  // On one line, so that the column of a message is the byte of the text.
  std::string text = filled.text;
  std::ranges::replace(text, '\n', ' ');
  std::ranges::replace(text, '\r', ' ');
  auto expr = satisfiable ? filter::parse_satisfiable(text) : filter::parse(text);
  if (!expr) {
    for (Diagnostic& d : expr.error().diagnostics) move_into_profile(d, filled);
  }
  return expr;
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

std::vector<FilledText> pieces_of(const Profile& complete, const ParameterValues& values) {
  std::vector<FilledText> pieces;
  if (complete.filter && !is_blank(complete.filter->value))
    pieces.push_back(fill(*complete.filter, complete.filter_written, values));
  for (const Parameter& parameter : complete.parameters) {
    if (parameter.narrow && values.contains(parameter.name))
      pieces.push_back(fill(*parameter.narrow, parameter.narrow_written, values));
  }
  return pieces;
}

// One text of a profile with some value for each of its parameters.
class Sampler {
 public:
  Sampler(const Profile& complete, const ParameterValues& known) : complete_(complete), known_(known) {}

  std::vector<Diagnostic> mistakes(const Located<std::string>& source, const WrittenText& written) {
    if (!take_values(source.value)) return {};
    // `ip6 host {a}` takes the second example only.
    constexpr std::size_t most_families = 4;
    const std::size_t tries = std::size_t{1} << std::min(two_families_.size(), most_families);
    std::vector<Diagnostic> first;
    for (std::size_t mask = 0; mask < tries; ++mask) {
      for (std::size_t i = 0; i < two_families_.size(); ++i) {
        const Parameter& parameter = *two_families_[i];
        values_[parameter.name] = example_value(parameter.type->value, {}, (mask >> i & 1) != 0);
      }
      const auto parsed = parse(fill(source, written, values_), !sampled_);
      if (parsed) return {};
      if (mask == 0) first = parsed.error().diagnostics;
    }
    return first;
  }

 private:
  // False: some parameter is not known well enough, which is told elsewhere.
  bool take_values(const std::string& text) {
    values_.clear();
    two_families_.clear();
    sampled_ = false;
    for (const Placeholder& placeholder : find_placeholders(text)) {
      const Parameter* parameter =
          placeholder.problem.empty() ? complete_.find_parameter(placeholder.name) : nullptr;
      if (parameter == nullptr || !parameter->type || parameter->type->value == ParameterType::interface)
        return false;
      const bool wordless = parameter->type->value == ParameterType::choice && !parameter->allowed;
      if (wordless) return false;
      if (values_.contains(parameter->name)) continue;
      take_value(*parameter);
    }
    return true;
  }

  void take_value(const Parameter& parameter) {
    static const std::vector<std::string> none;
    const ParameterType type = parameter.type->value;
    const auto& allowed = parameter.allowed ? parameter.allowed->value : none;
    if (const auto known = known_.find(parameter.name); known != known_.end()) {
      values_[parameter.name] = known->second;
      return;
    }
    if (parameter.preset) {
      if (const auto preset = parse_value("", type, allowed, parameter.preset->value)) {
        values_[parameter.name] = *preset;
        return;
      }
    }
    sampled_ = true;
    values_[parameter.name] = example_value(type, allowed);
    if (type == ParameterType::address || type == ParameterType::network) two_families_.push_back(&parameter);
  }

  const Profile& complete_;
  const ParameterValues& known_;
  ParameterValues values_;
  std::vector<const Parameter*> two_families_;
  bool sampled_ = false;
};

}  // namespace

Result<FilledFilter> fill_filter(const Profile& complete, const ParameterValues& values) {
  const std::vector<FilledText> pieces = pieces_of(complete, values);
  // Each alone first: a parenthesis of ours must not close one of theirs.
  std::vector<Diagnostic> mistakes;
  FilledText all;
  for (const FilledText& piece : pieces) {
    const bool several = pieces.size() > 1;
    if (several) {
      auto alone = parse(piece, true);
      if (!alone) std::ranges::move(alone.error().diagnostics, std::back_inserter(mistakes));
      all.text += all.text.empty() ? "(" : " and (";
    }
    all.append(piece);
    if (several) all.text += ")";
  }
  if (!mistakes.empty()) return fail(Error{ErrorKind::usage, {}, {}, std::move(mistakes)});
  auto expr = parse(all, true);
  if (!expr) return fail(std::move(expr.error()));
  return FilledFilter{std::move(all.text), std::move(*expr)};
}

std::vector<Diagnostic> filter_mistakes(const Profile& own, const Profile& complete,
                                        const ParameterValues& known) {
  std::vector<Diagnostic> mistakes;
  Sampler sampler(complete, known);
  const auto judge = [&](const std::optional<Located<std::string>>& text, const WrittenText& written) {
    if (text) std::ranges::move(sampler.mistakes(*text, written), std::back_inserter(mistakes));
  };
  judge(own.filter, own.filter_written);
  for (const Parameter& parameter : own.parameters) judge(parameter.narrow, parameter.narrow_written);
  return mistakes;
}

}  // namespace anchoko::config
