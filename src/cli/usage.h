// What is wrong with a command line, in one sentence.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>

#include "base/error.h"

namespace agilevpn::cli {

// Nothing if the user asked for help and may have it.
std::optional<Error> usage_mistake(const CLI::App& app, const CLI::ParseError& error);

// The verbs below a verb, in the order of the help.
std::vector<const CLI::App*> verbs_below(const CLI::App& app);
// "agilevpn pki issue"
std::string full_name(const CLI::App& app);

}  // namespace agilevpn::cli
