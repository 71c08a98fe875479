// IKE_SESSION_RESUME as its responder.
#include "base/check.h"
#include "ike/handshake.h"
#include "ike/init.h"
#include "ike/init_roles.h"
#include "ike/resume.h"
#include "ike/wire/ticket.h"

namespace agilevpn::ike {

namespace {

using wire::NotifyType;

// What the policy does not take any more, or this machine cannot do, nobody resumes.
bool is_still_taken(const Context& context, const IkeSuite& suite) {
  const wire::Proposal proposal = proposal_of(suite);
  return choose(context.config.policy.ike, {proposal}) && can_compute(proposal);
}

Result<TicketContent, std::string> open_ticket(Context& context, Instant now, const wire::NotifyPayload& notify) {
  if (context.config.settings.ticket_lifetime <= Duration{0} || !context.ticket_box.has_keys())
    return Failure{"tickets are switched off"};
  const auto presented = wire::presented_ticket_of(notify);
  if (!presented) return Failure{"it has an impossible size"};
  TRY_ASSIGN(auto content, context.ticket_box.open(context.calendar(now), *presented));
  if (!is_still_taken(context, content.suite))
    return Failure{"its algorithms are not in policy " + context.config.policy.name + " any more"};
  return content;
}

}  // namespace

Result<ResumeRequest, wire::Message> read_resume(Context& context, const FirstRequest& request) {
  const wire::Payloads& payloads = request.message.payloads;
  const auto refuse = [&](NotifyType notify, Bytes data = {}) {
    return Failure{stateless_answer(request.message, wire::notify(notify, std::move(data)))};
  };
  const auto* ticket = wire::find_notify(payloads, NotifyType::TicketOpaque);
  const auto* nonce = wire::find<wire::NoncePayload>(payloads);
  if (!ticket || !nonce) return refuse(NotifyType::InvalidSyntax);
  if (const auto unknown = wire::unsupported_critical(payloads))
    return refuse(NotifyType::UnsupportedCriticalPayload, {static_cast<std::byte>(*unknown)});
  if (auto answer = ask_for_cookie(context, request, nonce->nonce)) return Failure{*std::move(answer)};
  auto content = open_ticket(context, request.now, *ticket);
  if (content) return ResumeRequest{nonce->nonce, ticket->data, *std::move(content)};
  context.events.push_back(TicketRefused{{}, request.from, false, std::move(content.error())});
  return refuse(NotifyType::TicketNack);
}

void answer_resume(Session& session, const FirstRequest& request, ResumeRequest resume) {
  Handshake& handshake = *session.handshake;
  const wire::Header& header = request.message.header;
  TicketContent& content = resume.content;
  handshake.suite = std::move(content.suite);
  take_first_request(session, request, std::move(resume.n_i));

  IkeSa& ike_sa = session.ike_sas.add(header.spi_i, session.context.new_ike_spi(), false);
  session.emit(IkeProposalChosen{session.id, handshake.suite.to_string(), {}, {}});
  session.note_nat(find_nat(request.message.payloads, header.spi_i, header.spi_r, session.path));
  derive_resumed_keys(session, ike_sa, content.sk_d.view());
  handshake.resumption =
      Resumption{std::move(content.id_i),  std::move(content.id_r), std::move(content.peer),  std::move(content.method),
                 std::move(resume.ticket), content.expires,         std::move(content.login), std::move(content.data)};
  wire::Payloads payloads{wire::payload(wire::NoncePayload{handshake.n_r})};
  session.add_nat_detection(payloads, ike_sa, session.path);
  add_capabilities(session, payloads);
  send_initial_response(session, ike_sa, request.now, wire::ExchangeType::IkeSessionResume, payloads);
}

std::optional<std::string> why_not_resumed(const Session& session, const wire::Payloads& request) {
  const auto& resumption = session.handshake->resumption;
  if (!resumption) return std::nullopt;
  const auto* id_r = wire::find<wire::IdPayload>(request, wire::PayloadType::IdentificationResponder);
  if (session.peer != resumption->id_i) return "it says that it is another one than its ticket does";
  if (id_r && id_r->identity != resumption->id_r) return "it wants another one of us than its ticket does";
  if (!wire::find<wire::AuthPayload>(request)) return "it resumes a session and has no AUTH";
  if (wire::find<wire::CertPayload>(request)) return "it resumes a session and shows a certificate";
  if (session.context.ticket_box.is_spent(resumption->ticket)) return "its ticket was used already";
  return std::nullopt;
}

void derive_resumed_keys(Session& session, IkeSa& ike_sa, ByteView old_sk_d) {
  const Handshake& handshake = *session.handshake;
  const auto prf = crypto::Prf::find(handshake.suite.prf);
  CHECK(prf.has_value());
  take_keys(session, ike_sa, resumed_skeyseed(*prf, old_sk_d, handshake.n_i, handshake.n_r));
}

}  // namespace agilevpn::ike
