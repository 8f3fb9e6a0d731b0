#include "backends/tcpdump/distribution.h"

#include <doctest/doctest.h>

using anchoko::tcpdump::install_command;

// The lines of the distributions' own os-release files.
TEST_CASE("install command by distribution") {
  struct Row {
    const char* os_release;
    const char* command;
  };
  const Row rows[] = {
      {"PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n",
       "sudo apt-get install tcpdump"},
      {"NAME=\"Ubuntu\"\nVERSION_ID=\"22.04\"\nID=ubuntu\nID_LIKE=debian\n", "sudo apt-get install tcpdump"},
      {"NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"21\"\n",
       "sudo apt-get install tcpdump"},
      {"NAME=\"Raspbian GNU/Linux\"\nID=raspbian\nID_LIKE=debian\n", "sudo apt-get install tcpdump"},
      {"NAME=\"Fedora Linux\"\nID=fedora\nVERSION_ID=39\n", "sudo dnf install tcpdump"},
      {"NAME=\"Red Hat Enterprise Linux\"\nID=\"rhel\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"9.3\"\n",
       "sudo dnf install tcpdump"},
      {"NAME=\"CentOS Linux\"\nID=\"centos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"7\"\n",
       "sudo yum install tcpdump"},
      {"NAME=\"Rocky Linux\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"8.9\"\n",
       "sudo dnf install tcpdump"},
      {"NAME=\"AlmaLinux\"\nID=\"almalinux\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.3\"\n",
       "sudo dnf install tcpdump"},
      {"NAME=\"Oracle Linux Server\"\nID=\"ol\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"7.9\"\n",
       "sudo yum install tcpdump"},
      {"NAME=\"Amazon Linux\"\nID=\"amzn\"\nID_LIKE=\"centos rhel fedora\"\nVERSION_ID=\"2\"\n",
       "sudo yum install tcpdump"},
      {"NAME=\"Amazon Linux\"\nID=\"amzn\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"2023\"\n",
       "sudo dnf install tcpdump"},
      {"NAME=\"openSUSE Leap\"\nID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\nVERSION_ID=\"15.5\"\n",
       "sudo zypper install tcpdump"},
      {"NAME=\"SLES\"\nID=\"sles\"\nID_LIKE=\"suse\"\nVERSION_ID=\"15.5\"\n", "sudo zypper install tcpdump"},
      {"NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.19.0\n", "sudo apk add tcpdump"},
      {"NAME=\"Arch Linux\"\nID=arch\n", "sudo pacman -S tcpdump"},
      {"NAME=\"Something Else\"\nID=else\n", ""},
      {"", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.os_release);
    CHECK(install_command(row.os_release, "tcpdump", false) == row.command);
  }
  CHECK(install_command("ID=alpine\n", "tcpdump", true) == "apk add tcpdump");
}
