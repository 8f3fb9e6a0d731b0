// Huge and deep filters: refused with a message, or worked on in time that grows with their length, on a
// small stack.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <pthread.h>

#include "core/filter/evaluate.h"
#include "core/filter/parser.h"
#include "core/filter/printer.h"
#include "core/filter/satisfiable.h"
#include "tests/differential/filter_files.h"
#include "tests/tools/frames.h"

namespace anchoko::differential {
namespace {

std::string repeated(const std::string& text, std::size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

// Every term another one, so that nothing can be joined.
std::string terms(std::size_t count, const char* joiner,
                  const std::function<std::string(std::size_t)>& term) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += joiner;
    out += term(i);
  }
  return out;
}

std::string host(std::size_t i) {
  return "host 10." + std::to_string(i / 65536 % 256) + "." + std::to_string(i / 256 % 256) + "." +
         std::to_string(i % 256);
}
std::string port(std::size_t i) {
  return "port " + std::to_string(i % 65536);
}

struct Shape {
  const char* name;
  std::size_t count;  // the larger size; a quarter of it is compared with it
  std::function<std::string(std::size_t)> make;
};

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all = {
      {"hosts in a row", 10'000, [](std::size_t n) { return terms(n, " or ", host); }},
      {"ports in a row", 10'000, [](std::size_t n) { return terms(n, " or ", port); }},
      {"a list of ports", 10'000,
       [](std::size_t n) {
         return "port " + terms(n, " or ", [](std::size_t i) { return std::to_string(i % 65536); });
       }},
      {"and between negations", 10'000,
       [](std::size_t n) { return terms(n, " and ", [](std::size_t i) { return "not " + host(i); }); }},
      {"alternating and, or", 100'000,
       [](std::size_t n) {
         return terms(n, " ", [n](std::size_t i) {
           return "tcp" + std::string(i + 1 == n ? "" : i % 2 == 0 ? " and" : " or");
         });
       }},
      {"nested parentheses", 5'000,
       [](std::size_t n) { return repeated("(", n) + "tcp" + repeated(")", n); }},
      {"parentheses to the right", 5'000,
       [](std::size_t n) { return repeated("tcp or (udp and ", n) + "arp" + repeated(")", n); }},
      {"parentheses to the left", 5'000,
       [](std::size_t n) { return repeated("(", n) + "tcp" + repeated(" or udp) and tcp", n); }},
      {"parentheses in a list", 5'000,
       [](std::size_t n) { return "port " + repeated("(", n) + "80" + repeated(")", n); }},
      {"not", 100'000, [](std::size_t n) { return repeated("not ", n) + "tcp"; }},
      {"!", 100'000, [](std::size_t n) { return repeated("!", n) + "tcp"; }},
      {"not and parentheses", 5'000,
       [](std::size_t n) { return repeated("not (", n) + "tcp" + repeated(")", n); }},
      {"open parentheses only", 500'000, [](std::size_t n) { return repeated("(", n); }},
      {"closed parentheses only", 500'000, [](std::size_t n) { return repeated(")", n); }},
      {"open brackets", 200'000, [](std::size_t n) { return repeated("ip[", n); }},
      {"nested loads", 5'000,
       [](std::size_t n) { return repeated("ip[", n) + "0" + repeated("]", n) + " = 0"; }},
      {"a long sum", 100'000, [](std::size_t n) { return repeated("1 + ", n) + "ip[0] = 5"; }},
      {"a long sum of loads", 20'000, [](std::size_t n) { return repeated("ip[0] + ", n) + "1 = 5"; }},
      {"a sum to the right", 5'000,
       [](std::size_t n) { return repeated("1 + (", n) + "1" + repeated(")", n) + " = ip[0]"; }},
      {"parentheses in a sum", 5'000,
       [](std::size_t n) { return repeated("(", n) + "ip[0]" + repeated(")", n) + " = 1"; }},
      {"parentheses before a sum", 5'000,
       [](std::size_t n) { return repeated("(", n) + "ip[0]" + repeated(" + 1)", n) + " = 1"; }},
      {"unary minus", 100'000, [](std::size_t n) { return repeated("-", n) + "ip[0] = 5"; }},
      {"shifts and masks", 20'000,
       [](std::size_t n) { return "ip[0]" + repeated(" & 255 | 1 << 1", n) + " = 5"; }},
      {"comparisons in a row", 10'000,
       [](std::size_t n) {
         return terms(n, " or ", [](std::size_t i) {
           return "ip[" + std::to_string(i % 60) + "] = " + std::to_string(i % 256);
         });
       }},
      {"computed offsets in a row", 5'000,
       [](std::size_t n) {
         return terms(n, " or ", [](std::size_t i) { return "ip[ip[0] & 15] = " + std::to_string(i); });
       }},
      {"tags in a row", 5'000,
       [](std::size_t n) { return terms(n, " and ", [](std::size_t) { return std::string("vlan"); }); }},
      {"labels in a row", 5'000,
       [](std::size_t n) {
         return terms(n, " and ", [](std::size_t i) { return "mpls " + std::to_string(i); });
       }},
      {"addresses of IPv6", 10'000,
       [](std::size_t n) {
         return terms(n, " or ", [](std::size_t i) { return "host 2001:db8::" + std::to_string(i % 10000); });
       }},
      {"blanks", 1'000'000, [](std::size_t n) { return repeated(" ", n) + "tcp"; }},
      {"a long word", 1'000'000, [](std::size_t n) { return repeated("a", n); }},
      {"a long number", 1'000'000, [](std::size_t n) { return "port " + repeated("0", n); }},
      {"colons", 500'000, [](std::size_t n) { return "host " + repeated("1:", n); }},
      {"dots", 500'000, [](std::size_t n) { return "host " + repeated("1.", n); }},
      {"minus signs in a word", 500'000, [](std::size_t n) { return "portrange 1" + repeated("-1", n); }},
      {"backslashes", 500'000, [](std::size_t n) { return "ip proto " + repeated("\\", n); }},
      {"one mebibyte of filter", 1'040'000,
       [](std::size_t n) { return repeated("tcp or ", (n - 3) / 7) + "udp"; }},
      {"two mebibytes of filter", 2'100'000,
       [](std::size_t n) { return repeated("tcp or ", n / 7) + "udp"; }},
      {"bytes that are no text", 1'000'000, [](std::size_t n) { return repeated("\xff\x80", n / 2); }},
      {"cross product", 4'000,
       [](std::size_t n) {
         return "(" + terms(n / 2, " or ", host) + ") and (" + terms(n / 2, " or ", port) + ")";
       }},
      {"many conjunctions of disjunctions", 2'000,
       [](std::size_t n) {
         return terms(n, " and ", [](std::size_t i) { return "(" + host(i) + " or " + port(i) + ")"; });
       }},
  };
  return all;
}

// Everything that is done with a text. Returns what became of it.
std::string work_on(const std::string& text) {
  const auto tree = filter::parse(text);
  if (!tree) {
    const bool told = !tree.error().diagnostics.empty() && !tree.error().diagnostics.front().message.empty();
    return told ? "refused" : "refused without a message";
  }
  const std::string printed = filter::print(*tree);
  if (printed.size() <= 1'000'000) {
    const auto again = filter::parse(printed);
    if (again && !filter::equal(*tree, *again)) return "printed, it means something else";
  }
  static_cast<void>(filter::never_matches(*tree));
  static const std::vector<testing::Frame> frames = testing::every_frame();
  for (const Link& link : judged_links()) {
    const auto program = filter::Program::compile(*tree, link.type, link.order);
    if (!program) continue;
    static_cast<void>(program->read_extent());
    std::size_t wanted = 20;
    for (std::size_t i = 0; i < frames.size() && wanted > 0; i += 7) {
      if (frames[i].link_type != link.type) continue;
      --wanted;
      static_cast<void>(
          program->matches(std::as_bytes(std::span(frames[i].data)), frames[i].original_length));
    }
  }
  return "accepted";
}

double seconds_of_thread() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + (static_cast<double>(now.tv_nsec) / 1e9);
}

struct Job {
  std::string text;
  std::string outcome;
  double seconds = 0;
};

// On a stack far smaller than that of a program; sanitizers need a larger one.
void work_on_small_stack(Job& job) {
#if defined(__SANITIZE_ADDRESS__)
  constexpr std::size_t stack = 8U << 20;
#else
  constexpr std::size_t stack = 1U << 20;
#endif
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack);
  pthread_t thread{};
  const auto body = [](void* data) -> void* {
    Job& mine = *static_cast<Job*>(data);
    const double begin = seconds_of_thread();
    mine.outcome = work_on(mine.text);
    mine.seconds = seconds_of_thread() - begin;
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, body, &job) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

}  // namespace

TEST_CASE("limits: huge and deep filters are worked on in linear time, or refused") {
  std::size_t accepted = 0;
  for (const Shape& shape : shapes()) {
    CAPTURE(shape.name);
    Job small{shape.make(shape.count / 4), "", 0};
    Job large{shape.make(shape.count), "", 0};
    work_on_small_stack(small);
    work_on_small_stack(large);
    CHECK((large.outcome == "accepted" || large.outcome == "refused"));
    CHECK((small.outcome == "accepted" || small.outcome == "refused"));
    // Four times the text: four times the work, twelve with all the noise of a busy machine; sixteen is a
    // square.
    CHECK_MESSAGE(large.seconds < (12 * small.seconds) + 0.2, small.seconds, " s for a quarter, ",
                  large.seconds, " s for the whole");
    CHECK(large.seconds < 20);
    if (large.outcome == "accepted") ++accepted;
    std::printf("%-36s %8zu bytes: %-8s %.3f s (a quarter: %s, %.3f s)\n", shape.name, large.text.size(),
                large.outcome.c_str(), large.seconds, small.outcome.c_str(), small.seconds);
  }
  CHECK(accepted >= 5);
}

}  // namespace anchoko::differential
