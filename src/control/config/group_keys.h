// The tables [clients], [group.NAME] and [psk] of gateway.toml: who may log in by certificate or pre-shared key, and what each
// group is given.
#pragma once

#include <filesystem>
#include <vector>

#include "control/config/section.h"
#include "control/config/trust.h"
#include "gateway/config.h"

namespace agilevpn::control::config {

struct ClientCas {
  Trust trust;                               // The gateway's own CA first.
  bool has_systems = false;                  // Among them those that the system trusts.
  std::vector<std::filesystem::path> files;  // That were read.
};

// Adds to `config.rules`: groups in the order of the file, then "default", which everyone else is in. Without being written it
// is there, with what is `common` to all, [clients] and [psk]. `config.pools` are read before.
ClientCas read_groups(Section& top, const std::filesystem::path& directory, Trust own_ca,
                      const gateway::ConnectionRule& common, gateway::Config& config);

}  // namespace agilevpn::control::config
