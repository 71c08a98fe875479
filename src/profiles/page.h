// The short page for the person: what to click, and the values behind it. One HTML file that needs nothing else.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "profiles/request.h"

namespace agilevpn::profiles {

struct Page {
  std::string title;
  std::vector<std::string>
      steps;  // Plain text; `between backquotes` is for typing or copying; at the end, after a colon, in a line of its own.
  std::vector<std::pair<std::string, std::string>> values;
  std::vector<std::string> notes;
  std::string picture;  // SVG of ours, put in as it is.
};

std::string to_html(const Page& page);

// What a user is told about his secret: his own password, or that of his certificate.
std::string password_note(const Request& request);
// "everything", or the prefixes.
std::string routes_text(const Request& request);

}  // namespace agilevpn::profiles
