// The lab: a folder with one folder for each of its hosts. See docs/lab.md.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/exec/command_runner.h"

namespace anchoko::lab {

struct LabProcess {
  int pid = 0;        // on this machine
  std::string words;  // command line
};

struct HostState {
  std::string name, os, release;
  std::filesystem::path folder;
  std::string packets;  // "live", or the file they come from
  bool up = false;
  std::vector<LabProcess> processes;
};

// Every function below: on Windows, unavailable.

// $XDG_STATE_HOME/anchoko/lab. Errors: usage, where nothing names a folder for state.
Result<std::filesystem::path> default_lab_folder();

struct UpRequest {
  std::filesystem::path folder;    // made (0700) where it is not there
  std::vector<std::string> hosts;  // of known_hosts(); empty: all of them
  std::filesystem::path packets;   // a classic pcap file, copied; empty: a quiet wire
  std::string device;              // packets of that device of this machine, in place of a file
};
// Starts those hosts that are not up; one that was there before keeps its host.conf, its files and its state.
// Gives the hosts asked for. Errors: usage (no such host), refused (the folder is something else),
// unavailable (anchoko-lab is missing, or this system lets nobody make such hosts), failed.
Result<std::vector<HostState>> bring_up(CommandRunner& runner, const UpRequest& request);

// By name. Errors: usage, there is no lab.
Result<std::vector<HostState>> lab_hosts(const std::filesystem::path& folder);

// Ends what runs on those hosts (none named: all) and removes their folders, and with the last host the lab;
// files that `up` did not make stay. Gives the names. Errors: usage (no such host), refused (the folder is no
// lab), failed.
Result<std::vector<std::string>> take_down(const std::filesystem::path& folder,
                                           const std::vector<std::string>& hosts);

// Stands in for ssh, as ANCHOKO_SSH: reaches the hosts by their names.
std::filesystem::path lab_ssh(const std::filesystem::path& folder);

// This process becomes the command on that host; without words its shell. Returns only with an error: usage
// (no such lab or host), unavailable (not up, or anchoko-lab is missing), failed.
Error become_command(const std::filesystem::path& folder, const std::string& host,
                     const std::vector<std::string>& words);

}  // namespace anchoko::lab
