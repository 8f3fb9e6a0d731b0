#include "tests/tools/pcap_judge.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include <pcap/pcap.h>

namespace anchoko::testing {
namespace {

constexpr std::uint32_t snaplen = 262144;

// LINKTYPE_ and DLT_ numbers differ for raw IP only, among those that are judged here.
int dlt_of(LinkType type) {
  return type == LinkType::raw ? DLT_RAW : static_cast<int>(type);
}
LinkType link_type_of(int dlt) {
  return dlt == DLT_RAW ? LinkType::raw : static_cast<LinkType>(dlt);
}

using Handle = std::unique_ptr<pcap_t, decltype(&pcap_close)>;

// A file without records, as libpcap reads it.
Handle open_empty_file(LinkType type, ByteOrder order) {
  std::array<std::byte, 24> header{};
  store<std::uint32_t>(header.data(), 0xa1b2c3d4, order);
  store<std::uint16_t>(header.data() + 4, 2, order);
  store<std::uint16_t>(header.data() + 6, 4, order);
  store<std::uint32_t>(header.data() + 16, snaplen, order);
  store<std::uint32_t>(header.data() + 20, static_cast<std::uint32_t>(type), order);
  std::FILE* file = std::tmpfile();
  if (file == nullptr || std::fwrite(header.data(), 1, header.size(), file) != header.size()) std::abort();
  std::rewind(file);
  char error[PCAP_ERRBUF_SIZE] = "";
  pcap_t* handle = pcap_fopen_offline(file, error);  // closes the file when it is closed
  if (handle == nullptr || pcap_datalink(handle) != dlt_of(type)) {
    std::fprintf(stderr, "libpcap does not open an empty file: %s\n", error);
    std::abort();
  }
  return {handle, pcap_close};
}

pcap_t* file_handle(LinkType type, ByteOrder order) {
  static std::map<std::pair<LinkType, ByteOrder>, Handle> handles;
  const std::pair key(type, order);
  const auto found = handles.find(key);
  if (found != handles.end()) return found->second.get();
  return handles.emplace(key, open_empty_file(type, order)).first->second.get();
}

}  // namespace

std::expected<PcapFilter, std::string> PcapFilter::compile(const std::string& text, LinkType link_type,
                                                           ByteOrder file_order, bool optimize) {
  pcap_t* handle = file_handle(link_type, file_order);
  auto program = std::make_unique<bpf_program>();
  if (pcap_compile(handle, program.get(), text.c_str(), optimize ? 1 : 0, PCAP_NETMASK_UNKNOWN) != 0) {
    return std::unexpected(std::string(pcap_geterr(handle)));
  }
  PcapFilter out;
  out.link_type_ = link_type;
  out.program_ = std::shared_ptr<bpf_program>(program.release(), [](bpf_program* made) {
    pcap_freecode(made);
    delete made;
  });
  return out;
}

bool PcapFilter::matches(std::span<const std::uint8_t> data, std::uint32_t original_length) const {
  pcap_pkthdr header{};
  header.caplen = static_cast<bpf_u_int32>(data.size());
  header.len = original_length;
  // An empty vector's data() may be null; libpcap reads nothing then, but must not be given a null pointer.
  static const std::uint8_t nothing = 0;
  return pcap_offline_filter(program_.get(), &header, data.empty() ? &nothing : data.data()) != 0;
}

bool PcapFilter::matches_without_tag(std::span<const std::uint8_t> data,
                                     std::uint32_t original_length) const {
  if (link_type_ == LinkType::ethernet && data.size() >= 16) {
    const unsigned tpid = (data[12] * 256U) + data[13];
    if (tpid == 0x8100 || tpid == 0x88a8 || tpid == 0x9100) {
      Octets cut(data.begin(), data.begin() + 12);
      cut.insert(cut.end(), data.begin() + 16, data.end());
      return matches(cut, original_length >= 4 ? original_length - 4 : 0);
    }
  }
  return matches(data, original_length);
}

std::size_t PcapFilter::read_extent() const {
  constexpr std::size_t longest_ipv4_header = 60;
  std::size_t out = 0;
  for (unsigned i = 0; i < program_->bf_len; ++i) {
    const bpf_insn& load = program_->bf_insns[i];
    const unsigned kind = BPF_CLASS(load.code);
    const unsigned mode = BPF_MODE(load.code);
    if ((kind != BPF_LD && kind != BPF_LDX) || (mode != BPF_ABS && mode != BPF_IND && mode != BPF_MSH))
      continue;
    const std::size_t width = BPF_SIZE(load.code) == BPF_W ? 4 : BPF_SIZE(load.code) == BPF_H ? 2 : 1;
    out = std::max(out, load.k + width + (mode == BPF_IND ? longest_ipv4_header : 0));
  }
  return out;
}

bool PcapFilter::overwrites_its_offsets() const {
  const std::span code(program_->bf_insns, program_->bf_len);
  // How the code before the first test begins, and how long it is (tcpdump -O -d -y IEEE802_11[_RADIO] ip).
  std::size_t prelude = 0;
  if (link_type_ == LinkType::ieee802_11 && code.size() > 11 && code[0].code == (BPF_LDX | BPF_IMM) &&
      code[1].code == (BPF_MISC | BPF_TXA))
    prelude = 11;
  if (link_type_ == LinkType::ieee802_11_radiotap && code.size() > 7 && code[0].k == 3 &&
      code[6].code == (BPF_MISC | BPF_TAX))
    prelude = code.size() > 29 && code[7].code == (BPF_MISC | BPF_TXA) ? 29 : 7;
  std::set<std::uint32_t> cells;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (code[i].code != BPF_ST) continue;
    if (i < prelude) {
      cells.insert(code[i].k);
    } else if (cells.contains(code[i].k)) {
      return true;
    }
  }
  return false;
}

std::string PcapFilter::program_text() const {
  std::string out;
  for (unsigned i = 0; i < program_->bf_len; ++i) {
    out += bpf_image(&program_->bf_insns[i], static_cast<int>(i));
    out += '\n';
  }
  return out;
}

std::expected<CapturedFile, std::string> read_capture(const std::string& path) {
  char error[PCAP_ERRBUF_SIZE] = "";
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(pcap_open_offline(path.c_str(), error),
                                                              pcap_close);
  if (!handle) return std::unexpected(std::string(error));
  CapturedFile out;
  out.link_type = link_type_of(pcap_datalink(handle.get()));
  const bool big_endian_machine = std::endian::native == std::endian::big;
  const bool swapped = pcap_is_swapped(handle.get()) == 1;
  out.byte_order = swapped == big_endian_machine ? ByteOrder::little : ByteOrder::big;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  int status = 0;
  while ((status = pcap_next_ex(handle.get(), &header, &data)) == 1) {
    out.records.push_back({Octets(data, data + header->caplen), header->len});
  }
  if (status == PCAP_ERROR) out.error = pcap_geterr(handle.get());
  return out;
}

}  // namespace anchoko::testing
