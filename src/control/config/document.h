// A configuration as it lies on the disk: its file, and the drop-ins beside it, NAME.d/*.toml in the order of their names.
// A drop-in adds keys and tables, and replaces values that stand in a file before it:
//
//   /etc/agilevpn/gateway.toml      /etc/agilevpn/gateway.d/50-staff.toml
#pragma once

#include <filesystem>

#include "control/config/section.h"

namespace agilevpn::control::config {

struct Document {
  Node root;  // A table.
  std::vector<Source> sources;
};

// `missing` is what to do if the file is not there.
Result<Document, Mistake> load_document(const std::filesystem::path& file, std::string missing);

}  // namespace agilevpn::control::config
