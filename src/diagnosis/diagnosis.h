// Why an attempt to connect failed, as a person would explain it: what `agilevpn why` prints. Plain values; nothing
// here holds keys.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace agilevpn::diagnosis {

// The four steps of every connection, by what they are about.
enum class Step : std::uint8_t { Reaching, Algorithms, Identities, Tunnel };
std::string_view to_string(Step step);  // "reaching the gateway", "agreeing on algorithms" ...

// One thing that the facts point to.
struct Explanation {
  std::string cause;               // Its key, for programs: "dh-group".
  std::string title;               // "no common Diffie-Hellman group"
  std::vector<std::string> cures;  // What to do, a line each.

  friend bool operator==(const Explanation&, const Explanation&) = default;
};

struct Diagnosis {
  WallTime at{};
  std::string who;      // "anna@example.org": claimed or proved; may be empty.
  std::string address;  // The other end's: "203.0.113.77:500".
  std::string client;   // What it looks like: "Windows 10 or 11"; on a client the connection's name.
  Step step{};
  std::vector<Explanation> explanations;  // The most likely first; one at least.
  std::string detail;                     // What was said when it happened.
  std::vector<std::string> offered;       // What the other end had to offer at this step, if that is what it was about.
  std::vector<std::string> allowed;       // And we.
  std::vector<std::string> screen;        // What its user saw, where that is known.

  friend bool operator==(const Diagnosis&, const Diagnosis&) = default;
};

}  // namespace agilevpn::diagnosis
