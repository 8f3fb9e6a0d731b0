// One sentence about a whole command, in two languages.
#include "core/base/clock.h"
#include "core/crib/explain_command.h"

namespace anchoko::crib {
namespace {

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string count(std::uint64_t number, const char* one, const char* many) {
  return grouped(number) + " " + (number == 1 ? one : many);
}

// Japanese puts no blank behind its own letters.
std::string spaced(const std::string& ascii) {
  return ascii + " ";
}

std::string seconds_ja(std::chrono::milliseconds duration) {
  std::string text = std::to_string(duration.count() / 1000);
  if (duration.count() % 1000 != 0) text = std::to_string(static_cast<double>(duration.count()) / 1000);
  return text + " 秒";
}

BilingualText source(const CommandModel& m) {
  if (m.activity == CommandActivity::read) {
    if (!m.read_list.empty())
      return {"the files named in " + m.read_list, m.read_list + " に書かれたファイル"};
    if (m.read_file == "-") return {"standard input", "標準入力"};
    return {"the file " + m.read_file, "ファイル " + spaced(m.read_file)};
  }
  if (m.interface == "any") return {"all interfaces", "全インターフェース"};
  if (m.interface.empty()) return {"the first interface that is up", "稼働中の最初のインターフェース"};
  return {m.interface, spaced(m.interface)};
}

BilingualText packets(const CommandModel& m) {
  BilingualText text{"every packet", "すべてのパケット"};
  if (!m.filter_file.empty()) {
    text = {"packets that match the filter in " + m.filter_file,
            m.filter_file + " のフィルターに一致するパケット"};
  } else if (!m.filter_text.empty()) {
    text = {"packets that match `" + m.filter_text + "`", " `" + m.filter_text + "` に一致するパケット"};
  }
  return text;
}

// What else is left out, in parentheses.
BilingualText limits_of_content(const CommandModel& m) {
  BilingualText text;
  const auto add = [&](const std::string& en, const std::string& ja) {
    text.en += (text.en.empty() ? " (" : ", ") + en;
    text.ja += (text.ja.empty() ? "（" : "、") + ja;
  };
  if (m.activity != CommandActivity::capture) return text;
  if (m.direction == CaptureDirection::in) add("incoming only", "受信のみ");
  if (m.direction == CaptureDirection::out) add("outgoing only", "送信のみ");
  constexpr std::uint32_t whole = 262144;
  if (m.snaplen && *m.snaplen > 0 && *m.snaplen < whole)
    add("the first " + count(*m.snaplen, "byte", "bytes") + " of each",
        "先頭 " + grouped(*m.snaplen) + " バイトまで");
  if (text.empty()) return text;
  return {text.en + ")", text.ja + "）"};
}

BilingualText rotation(const CommandModel& m) {
  const Rotation& r = m.rotation;
  if (!r.rotates() || m.write_file.empty() || m.write_file == "-") return {};
  BilingualText text{", a new file", "（"};
  if (r.bytes > 0) {
    text.en += " after " + count(r.bytes, "byte", "bytes");
    text.ja += grouped(r.bytes) + " バイト";
  }
  if (r.seconds > 0) {
    text.en += std::string(r.bytes > 0 ? " or" : "") + " after " + count(r.seconds, "second", "seconds");
    text.ja += std::string(r.bytes > 0 ? "または " : "") + std::to_string(r.seconds) + " 秒";
  }
  text.ja += "ごとに次のファイル";
  if (r.files > 0 && !r.ends_after_files) {
    text.en += ", " + count(r.files, "file", "files") + " in turn, the oldest overwritten";
    text.ja += "、" + std::to_string(r.files) + " 個で古いものから上書き";
  }
  text.ja += "）";
  return text;
}

BilingualText target(const CommandModel& m, const std::string& format) {
  BilingualText text;
  if (m.write_file.empty()) {
    text = {"shows them as text", "文字で表示する"};
  } else if (m.write_file == "-") {
    text = {"writes them as " + format + " to standard output", format + " として標準出力に書く"};
  } else {
    text = {"writes them to " + m.write_file + rotation(m).en, m.write_file + " に書く" + rotation(m).ja};
  }
  return text;
}

BilingualText ending(const CommandModel& m) {
  if (m.activity == CommandActivity::read && m.packets == 0)
    return {"it ends with the last packet", "最後のパケットで終わる"};
  BilingualText list;
  const auto add = [&](const std::string& en, const std::string& ja) {
    list.en += (list.en.empty() ? "" : ", ") + en;
    list.ja += (list.ja.empty() ? "" : "、") + ja;
  };
  if (m.packets > 0)
    add("after " + count(m.packets, "packet", "packets"), grouped(m.packets) + " パケットで");
  if (m.ends_after.count() > 0)
    add("after " + human_duration(m.ends_after), seconds_ja(m.ends_after) + "後に");
  if (m.rotation.ends_after_files && !m.write_file.empty())
    add("after " + count(m.rotation.files, "file", "files"),
        std::to_string(m.rotation.files) + " ファイルで");
  if (!m.ended_by.empty()) {
    if (list.empty())
      return {"it runs by itself until `" + m.ended_by + "`", "`" + m.ended_by + "` で止めるまで動き続ける"};
    return {"it ends " + list.en + ", or by `" + m.ended_by + "`",
            list.ja + "、または `" + m.ended_by + "` で終わる"};
  }
  if (list.empty()) return {"nothing ends it but an interrupt (Ctrl-C)", "Ctrl-C などで止めるまで終わらない"};
  return {"it ends " + list.en + ", or when it is interrupted", list.ja + "、または Ctrl-C で終わる"};
}

}  // namespace

BilingualText summarize(const CommandModel& m, const std::string& format) {
  switch (m.activity) {
    case CommandActivity::list_interfaces:
      return {"Lists the interfaces that can be captured on, and ends.",
              "キャプチャできるインターフェースを一覧して終わる。"};
    case CommandActivity::list_link_types:
      return {"Lists the link types of " + source(m).en + ", and ends.",
              source(m).ja + "のリンクタイプを一覧して終わる。"};
    case CommandActivity::list_time_sources:
      return {"Lists the time-stamp sources of " + source(m).en + ", and ends.",
              source(m).ja + "のタイムスタンプ源を一覧して終わる。"};
    case CommandActivity::show_filter_code:
      return {"Shows the compiled filter and ends; nothing is captured.",
              "コンパイル済みフィルターを表示して終わる。キャプチャはしない。"};
    case CommandActivity::show_version:
    case CommandActivity::show_help:
      return {"Tells about the tool itself and ends; nothing is captured.",
              "ツール自身の情報を表示して終わる。キャプチャはしない。"};
    case CommandActivity::show_status:
      return {"Tells how captures of this tool stand; nothing changes.",
              "このツールによるキャプチャの状態を表示する。何も変わらない。"};
    case CommandActivity::stop_capture:
      return {"Ends a capture that runs by itself" + (m.interface.empty() ? "" : ", on " + m.interface) + ".",
              (m.interface.empty() ? "" : m.interface + " の") +
                  std::string("動いているキャプチャを終わらせる。")};
    case CommandActivity::set_up:
      return {"Changes what the system holds ready for captures; nothing is captured.",
              "キャプチャのためのシステムの設定や状態を変える。キャプチャはしない。"};
    case CommandActivity::capture:
    case CommandActivity::read:
      break;
  }
  const bool live = m.activity == CommandActivity::capture;
  const BilingualText from = source(m);
  const BilingualText what = packets(m);
  const BilingualText only = limits_of_content(m);
  const BilingualText where = target(m, format);
  const BilingualText end = ending(m);
  return {std::string(live ? "Captures " : "Reads ") + what.en + (live ? " on " : " from ") + from.en +
              only.en + " and " + where.en + "; " + end.en + ".",
          from.ja + (live ? "で" : "から") + what.ja + only.ja + (live ? "を取り込み、" : "を読み、") +
              where.ja + "。" + end.ja + "。"};
}

}  // namespace anchoko::crib
