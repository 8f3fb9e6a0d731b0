// iptrace output, version 2.0.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/iptrace/layout.h"
#include "core/formats/writer_base.h"

namespace anchoko::formats {

Result<std::unique_ptr<RecordWriter>> create_iptrace_writer(std::unique_ptr<OutputFile> output);

namespace iptrace {

// How a file names an interface: "en0" is the letters "en" and unit 0.
struct Name {
  std::array<char, letters_size> letters{};
  std::uint8_t unit = 0;
  bool operator==(const Name&) const = default;
};
// None: does not fit (up to four letters and a unit up to 255, written without leading zeros).
std::optional<Name> split_name(std::string_view name);

class Writer final : public WriterBase {
 public:
  explicit Writer(std::unique_ptr<OutputFile> output) : WriterBase(std::move(output), "iptrace") {}

  Result<void> begin(const SectionInfo& section) override;
  // Names that do not fit, or that another interface of the type has, are replaced by a usual name of the
  // type with a free unit. Errors: failed when no unit is free.
  Result<std::uint32_t> add_interface(const InterfaceInfo& interface) override;
  // Refused, with an error: an unknown interface, a link type without an interface type, more bytes than
  // readers accept, a time before 1970 or after 32 bits of seconds, an ATM circuit whose text is longer than
  // its field.
  bool write(const PacketRecord& record) override;

 private:
  struct Source {
    LinkType link_type = LinkType::ethernet;
    std::optional<std::uint8_t> interface_type;
    Name name;
  };

  bool taken(const Name& name, std::uint8_t interface_type) const;
  std::optional<Name> substitute(std::uint8_t interface_type) const;
  bool accept(const PacketRecord& record);
  void count_lost(const PacketRecord& record);
  bool write_circuit(std::byte* text, const PacketRecord& record);

  std::vector<Source> sources_;
};

}  // namespace iptrace
}  // namespace anchoko::formats
