#include "cli/explanation.h"

#include <fmt/format.h>

#include "cli/verb.h"

namespace agilevpn::cli {

namespace {

using control::config::GatewayConfig;

Result<GatewayConfig, Error> load(const std::filesystem::path& file) {
  auto config = control::config::load_gateway(file);
  if (!config)
    return Failure{Error{config.error().front().what, fmt::format("every mistake: agilevpn check {}", file.string())}};
  return *std::move(config);
}

void explain(const ExplainOptions& options, Context& context) {
  const auto loaded = load(options.config);
  if (!loaded) return context.fail(loaded.error());
  Explanation explanation(options, *loaded);
  if (const auto ran = explanation.run(); !ran) return context.fail(ran.error());
  context.exit_status = explanation.is_admitted() ? 0 : 1;
  if (options.json) return print_json(explanation.to_json());
  explanation.print();
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* verb = add_verb(
      app, "explain", "Say whether the gateway would let a client in, by which of its rules, and what each rule finds",
      "  agilevpn explain --certificate anna.pem\n  agilevpn explain --certificate anna.pem --eap\n"
      "  agilevpn explain --user anna\n  agilevpn explain --psk --user bert --config gateway.toml");
  auto* certificate =
      verb->add_option("--certificate", options->certificate,
                       "The client's certificate (PEM, DER or .p12), and the CAs that it sends with it");
  verb->add_option("--password-file", options->password, "The password of a .p12; else it is asked for")
      ->needs(certificate);
  verb->add_option(
      "--user", options->user,
      "Who it says that it is; by default the certificate's e-mail address, DNS name or subject. Without a "
      "certificate: who logs in by EAP with a password, which is not asked for");
  verb->add_option("--from", options->from, "The address that it comes from: a group may have a list of networks");
  verb->add_flag("--eap", options->is_eap, "It shows the certificate inside EAP-TLS, PEAP or EAP-TTLS")
      ->needs(certificate);
  verb->add_flag("--psk", options->is_psk, "It has a pre-shared key, which is not asked for")->excludes(certificate);
  verb->add_option("--config", options->config, "The gateway's configuration")->capture_default_str();
  add_json_flag(verb, options->json);
  verb->callback([options, &context] { explain(*options, context); });
}

}  // namespace agilevpn::cli
