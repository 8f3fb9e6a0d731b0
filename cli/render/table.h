// Rows and columns that fit the terminal.
#pragma once

#include <string>
#include <vector>

namespace anchoko::cli {

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
  bool whole = false;  // its cells stay on one line, however narrow the terminal
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  // a short row ends in empty cells
};

// Cells that do not fit are broken over several lines, never cut; the widest columns give way first. width 0:
// no limit. `bold`: the titles.
std::string render(const Table& table, unsigned width, bool bold = false);

// "name   value" lines, values wrapped behind their column.
struct Field {
  std::string name;
  std::string value;
};
std::string render(const std::vector<Field>& fields, unsigned width, bool bold = false);

}  // namespace anchoko::cli
