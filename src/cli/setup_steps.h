// The parts of `agilevpn setup`: the machine, the certificates, the configuration, the start. Each says what it found
// or did.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace agilevpn::cli {

inline constexpr std::size_t common_name_max = 64;  // ub-common-name of RFC 5280 appendix A.1.

struct SetupOptions {
  std::string name;                 // What clients dial.
  std::filesystem::path directory;  // Empty: the system's own places.
  std::string pool = "10.66.0.0/24";
  bool names_pool = false;                 // It was asked for.
  std::filesystem::path certificate, key;  // Somebody else's certificate; empty: one of the own CA.
  bool checks_only = false;
  bool says_yes = false;  // To every question.
  bool starts = false;    // Without a service manager too.
  bool json = false;

  std::filesystem::path configuration_file() const;
  std::filesystem::path state_directory() const;
  std::filesystem::path pki_directory() const { return state_directory() / "pki"; }
};

// One line: "ok    UDP 500 is free".
struct Step {
  std::string verdict;  // ok, note, wrong; fixed; made, kept, started
  std::string sentence;
  std::string help;

  bool is_wrong() const { return verdict == "wrong"; }
  bool is_change() const { return verdict == "fixed" || verdict == "made" || verdict == "started"; }
};
using Steps = std::vector<Step>;

// The name in the configuration that is there; nothing if there is none, or none in it.
Result<std::optional<std::string>, Error> configured_name(const SetupOptions& options);
// Refuses what was asked for and a configuration that is there has otherwise: it is its author's to change.
Result<void, Error> check_against_configuration(const SetupOptions& options);
// What is wrong with this machine, after what could be repaired was. Repairs nothing under --check.
Steps check_machine(const SetupOptions& options);
// What is wrong with a configuration that is there.
Steps check_configuration(const SetupOptions& options);
Result<Steps, Error> make_certificates(const SetupOptions& options);
Result<Step, Error> write_configuration(const SetupOptions& options);
Result<Step, Error> start_gateway(const SetupOptions& options);

}  // namespace agilevpn::cli
