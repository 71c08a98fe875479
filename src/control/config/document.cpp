#include "control/config/document.h"

#include <algorithm>

#include "control/files/file.h"

namespace agilevpn::control::config {

namespace {

using std::filesystem::path;

constexpr std::size_t drop_ins_max = 100;                          // So that lines fit an int.
constexpr int lines_max = static_cast<int>(files::file_size_max);  // Of one file.

std::vector<path> drop_ins_of(const path& file) {
  std::vector<path> all;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(path(file).replace_extension(".d"), failed)) {
    if (entry.path().extension() == ".toml") all.push_back(entry.path());
  }
  std::ranges::sort(all);
  if (all.size() > drop_ins_max) all.resize(drop_ins_max);
  return all;
}

void merge(Node::Table& into, Node::Table from) {
  for (Entry& entry : from) {
    const auto known = std::ranges::find(into, entry.key, &Entry::key);
    if (known == into.end()) {
      into.push_back(std::move(entry));
      continue;
    }
    auto* inner = std::get_if<Node::Table>(&known->node.value);
    auto* more = std::get_if<Node::Table>(&entry.node.value);
    if (inner && more) {
      merge(*inner, std::move(*more));
    } else {
      *known = std::move(entry);
    }
  }
}

// Puts one more file on top.
Result<void, Mistake> add(Document& document, const path& file, std::string name, const std::string& missing) {
  auto text = files::read_text(file);
  if (!text)
    return Failure{Mistake{{text.error().what, text.error().help.empty() ? missing : text.error().help}, 0, ""}};
  const int first = document.sources.empty() ? 1 : document.sources.back().first_line + lines_max;
  TRY_ASSIGN(Node root, parse_toml(*text, name, first));
  document.sources.push_back({std::move(name), first, file});
  merge(std::get<Node::Table>(document.root.value), std::get<Node::Table>(std::move(root.value)));
  return {};
}

}  // namespace

Result<Document, Mistake> load_document(const path& file, std::string missing) {
  Document document{{1, Node::Table{}}, {}};
  TRY(add(document, file, file.filename().string(), missing));
  for (const path& more : drop_ins_of(file))
    TRY(add(document, more, (more.parent_path().filename() / more.filename()).string(), ""));
  return document;
}

}  // namespace agilevpn::control::config
