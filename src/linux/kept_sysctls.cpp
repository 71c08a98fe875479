#include "linux/kept_sysctls.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "linux/sysctl.h"

namespace agilevpn::linux {

namespace {

std::string boot_id() { return read_sysctl("kernel.random.boot_id").value_or(""); }

}  // namespace

KeptSysctls::KeptSysctls(std::filesystem::path file) : file_(std::move(file)) { read_file(); }

KeptSysctls::~KeptSysctls() {
  for (const Sysctl& sysctl : changed_) (void)write_sysctl(sysctl.name, sysctl.before);
  std::error_code ignored;
  if (!changed_.empty()) std::filesystem::remove(file_, ignored);
}

Result<void, Error> KeptSysctls::set(const std::string& name, const std::string& value) {
  TRY_ASSIGN(const std::string now, read_sysctl(name));
  const auto former = std::ranges::find(former_, name, &Sysctl::name);
  if (now == value && former == former_.end()) return {};
  keep(now == value ? *former : Sysctl{name, now}, value);
  return now == value ? Result<void, Error>{} : write_sysctl(name, value);
}

void KeptSysctls::keep(Sysctl sysctl, const std::string& value) {
  notes_.push_back(fmt::format("{} was {}, now {}", sysctl.name, sysctl.before, value));
  changed_.push_back(std::move(sysctl));
  write_file();
}

// The boot's id, then one "name value" in a line.
void KeptSysctls::read_file() {
  std::ifstream in{file_};
  std::string boot;
  Sysctl sysctl;
  if (!std::getline(in, boot) || boot != boot_id()) return;
  while (in >> sysctl.name >> sysctl.before) former_.push_back(sysctl);
}

// Where it cannot be written, a clean stop still puts everything back.
void KeptSysctls::write_file() const {
  std::error_code ignored;
  std::filesystem::create_directories(file_.parent_path(), ignored);
  std::ofstream out{file_};
  out << boot_id() << '\n';
  for (const Sysctl& sysctl : changed_) out << sysctl.name << ' ' << sysctl.before << '\n';
}

}  // namespace agilevpn::linux
