// The verbs of the command line, each in a file of its name. A verb adds itself to the program with its options, a sentence
// and an example; its callback does the work and leaves its exit status: 0 done, 1 it failed, 2 asked in a wrong way.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/error.h"
#include "base/result.h"
#include "base/time.h"
#include "control/client.h"

namespace agilevpn::cli {

struct Context {
  std::filesystem::path program;  // argv[0]
  std::filesystem::path socket;   // Of the daemon.
  int exit_status = 0;

  control::Client daemon() const { return control::Client(socket); }
  // Says it on standard error, with what to do about it.
  void fail(const Error& error);
  // The same of a command line that makes no sense.
  void refuse(const Error& error);
};

void add_setup(CLI::App& app, Context& context);
void add_up(CLI::App& app, Context& context);
void add_down(CLI::App& app, Context& context);
void add_rekey(CLI::App& app, Context& context);
void add_move(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_list(CLI::App& app, Context& context);
void add_paths(CLI::App& app, Context& context);
void add_log(CLI::App& app, Context& context);
void add_why(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_pki(CLI::App& app, Context& context);
void add_user(CLI::App& app, Context& context);
void add_group(CLI::App& app, Context& context);
void add_profile(CLI::App& app, Context& context);
void add_import(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);
void add_decode(CLI::App& app, Context& context);
void add_lab(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);
void add_man(CLI::App& app, Context& context);
void add_help(CLI::App& app, Context& context);
void add_version(CLI::App& app, Context& context);

// A verb with its sentence and its example, which --help shows last.
CLI::App* add_verb(CLI::App& app, const std::string& name, const std::string& sentence, const std::string& example);
void add_json_flag(CLI::App* verb, bool& json);
std::string command_of(const CLI::App& verb);  // "agilevpn user device"
// A verb beneath `parent`, which does `work` on the options that it has filled. `example` begins with its own name.
template <class Options>
CLI::App* add_work(CLI::App* parent, const std::string& name, const std::string& sentence, const std::string& example,
                   Result<void, Error> (*work)(const Options&), const std::shared_ptr<Options>& options,
                   Context& context) {
  CLI::App* verb = add_verb(*parent, name, sentence, "  " + command_of(*parent) + " " + example);
  verb->callback([work, options, &context] {
    if constexpr (requires { options->socket; }) options->socket = context.socket;
    if (const auto done = work(*options); !done) context.fail(done.error());
  });
  return verb;
}

void print_json(const nlohmann::json& json);
WallTime wall_now();

}  // namespace agilevpn::cli
