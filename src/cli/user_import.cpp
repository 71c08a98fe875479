#include "store/user_import.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/user_database.h"
#include "cli/user_verbs.h"
#include "control/files/file.h"

namespace agilevpn::cli {

namespace {

using store::ImportOutcome;

Result<ImportOutcome, Error> import_file(const UserOptions& options) {
  TRY_ASSIGN(const Secret csv, control::files::read_secret(options.file));
  TRY_ASSIGN(auto database, open_users(options.directory, store::Missing::Create));
  TRY_ASSIGN(PasswordTools tools, PasswordTools::load(options.password.kind()));
  const std::string_view text{reinterpret_cast<const char*>(csv.view().data()), csv.size()};
  const store::ImportOptions how{options.skips_errors ? store::OnError::Skip : store::OnError::AddNobody,
                                 options.password.kind()};
  TRY_ASSIGN(ImportOutcome outcome, store::import_users(database, text, how, tools.hashing(), wall_now()));
  return outcome;
}

nlohmann::json to_json(const ImportOutcome& outcome) {
  auto errors = nlohmann::json::array();
  for (const auto& [line, error] : outcome.errors)
    errors.push_back({{"line", line}, {"what", error.what}, {"help", error.help}});
  return {{"added", outcome.added}, {"error_count", outcome.error_count}, {"errors", errors}};
}

// file:line: what, as a compiler says it.
void print_errors(const std::filesystem::path& file, const ImportOutcome& outcome) {
  for (const auto& [line, error] : outcome.errors)
    fmt::print(stderr, "{}:{}: {}\n", file.string(), line, error.to_string());
  if (outcome.error_count > outcome.errors.size())
    fmt::print(stderr, "and {} more\n", outcome.error_count - outcome.errors.size());
}

Result<void, Error> work_import(const UserOptions& options) {
  TRY_ASSIGN(const ImportOutcome outcome, import_file(options));
  if (options.json) {
    print_json(to_json(outcome));
  } else {
    print_errors(options.file, outcome);
    if (outcome.added > 0 || outcome.error_count == 0) fmt::print("{} added.\n", count_text(outcome.added, "user"));
  }
  if (outcome.error_count == 0 || options.skips_errors) return {};
  return Failure{Error{fmt::format("nobody was added: {}", count_text(outcome.error_count, "mistake")),
                       "mend the file, or leave those lines out with --skip-errors"}};
}

Result<void, Error> work_export(const UserOptions& options) {
  TRY_ASSIGN(auto database, open_users(options.directory, store::Missing::Refuse));
  TRY_ASSIGN(const auto users, store::Users{database}.list());
  fmt::print("{}", store::user_csv(users));
  return {};
}

}  // namespace

void add_user_import(CLI::App* user, const std::shared_ptr<UserOptions>& options, Context& context) {
  CLI::App* verb = add_work(user, "import", "Add the users of a CSV file, all of them or none", "import staff.csv",
                            work_import, options, context);
  verb->add_option("FILE", options->file,
                   "CSV; its first line names the columns: name,password,group,expires,devices,enabled,note")
      ->required();
  verb->add_flag("--skip-errors", options->skips_errors, "Add all but the lines with mistakes");
  verb->add_flag("--scrypt", options->password.scrypt,
                 "Keep the passwords by scrypt; takes a tenth of a second for each");
  add_json_flag(verb, options->json);
}

void add_user_export(CLI::App* user, const std::shared_ptr<UserOptions>& options, Context& context) {
  add_work(user, "export", "Print the users as CSV, without passwords", "export > users.csv", work_export, options,
           context);
}

}  // namespace agilevpn::cli
