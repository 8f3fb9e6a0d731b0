#include "cli/render/table.h"

#include <algorithm>

#include "cli/render/text.h"

namespace anchoko::cli {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t least_width = 8;  // a column is never squeezed below this

std::vector<std::size_t> natural_widths(const Table& table) {
  std::vector<std::size_t> widths;
  for (const auto& column : table.columns) widths.push_back(display_width(column.title));
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  return widths;
}

void squeeze(std::vector<std::size_t>& widths, const std::vector<Column>& columns, std::size_t available) {
  const auto total = [&] {
    std::size_t sum = widths.empty() ? 0 : gap * (widths.size() - 1);
    for (const std::size_t width : widths) sum += width;
    return sum;
  };
  while (total() > available) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (!columns[i].whole && (widest == nullptr || widths[i] > *widest)) widest = &widths[i];
    }
    if (widest == nullptr || *widest <= least_width) return;
    --*widest;
  }
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

// One row of cells over as many lines as the longest cell needs.
std::string render_row(const std::vector<std::string>& cells, const std::vector<Column>& columns,
                       const std::vector<std::size_t>& widths) {
  std::vector<std::vector<std::string>> wrapped;
  std::size_t height = 1;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string cell = i < cells.size() ? cells[i] : std::string();
    wrapped.push_back(display_width(cell) <= widths[i] ? std::vector{cell} : wrap(cell, widths[i]));
    height = std::max(height, wrapped.back().size());
  }
  std::string text;
  for (std::size_t line = 0; line < height; ++line) {
    std::string out;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string part = line < wrapped[i].size() ? wrapped[i][line] : std::string();
      if (i > 0) out += std::string(gap, ' ');
      out += columns[i].align == Align::left ? pad_right(part, widths[i]) : pad_left(part, widths[i]);
    }
    text += trimmed(std::move(out)) + "\n";
  }
  return text;
}

}  // namespace

std::string render(const Table& table, unsigned width, bool bold) {
  std::vector<std::size_t> widths = natural_widths(table);
  if (width > 0) squeeze(widths, table.columns, width);
  std::vector<std::string> titles;
  for (const auto& column : table.columns) titles.push_back(column.title);
  std::string head = render_row(titles, table.columns, widths);
  if (bold) head = "\033[1m" + head.substr(0, head.size() - 1) + "\033[0m\n";
  for (const auto& row : table.rows) head += render_row(row, table.columns, widths);
  return head;
}

std::string render(const std::vector<Field>& fields, unsigned width, bool bold) {
  std::size_t name_width = 0;
  for (const auto& field : fields) name_width = std::max(name_width, display_width(field.name));
  const std::size_t indent = name_width + gap;
  const std::size_t room = width == 0 ? 0 : width > indent + 20 ? width - indent : 20;
  std::string text;
  for (const auto& field : fields) {
    std::string name = pad_right(field.name, indent);
    if (bold) name = "\033[1m" + name + "\033[0m";
    bool first = true;
    // A value within its room keeps its blanks as they are.
    const auto lines =
        room == 0 || display_width(field.value) <= room ? std::vector{field.value} : wrap(field.value, room);
    for (const auto& line : lines) {
      text += trimmed((first ? name : std::string(indent, ' ')) + line) + "\n";
      first = false;
    }
  }
  return text;
}

}  // namespace anchoko::cli
