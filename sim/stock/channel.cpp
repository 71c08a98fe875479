#include "sim/stock/channel.h"

#include <algorithm>

#include "base/pop.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;

Channel::Channel(Secrets& secrets, Options options, Random& random)
    : spi_i_(secrets.spi_i),
      spi_r_(secrets.spi_r),
      is_original_initiator_(secrets.is_original_initiator),
      suite_(secrets.suite),
      prf_(secrets.prf),
      sk_d_(std::move(secrets.keys.sk_d)),
      cipher_(secrets.suite.cipher, secrets.keys, secrets.is_original_initiator),
      options_(std::move(options)),
      random_(random),
      next_request_id_(options_.next_request_id),
      expected_request_id_(options_.expected_request_id) {}

void Channel::ask(Instant now, wire::ExchangeType exchange, wire::Payloads payloads, Then then) {
  queue_.push_back({exchange, std::move(payloads), std::move(then)});
  send_next(now);
}

void Channel::send_next(Instant now) {
  if (pending_ || queue_.empty()) return;
  Question question = std::move(queue_.front());
  queue_.pop_front();
  const wire::Header header{.spi_i = spi_i_,
                            .spi_r = spi_r_,
                            .exchange = question.exchange,
                            .is_from_original_initiator = is_original_initiator_,
                            .message_id = next_request_id_++};
  pending_ =
      Pending{.id = header.message_id, .then = std::move(question.then), .datagrams = seal(header, question.payloads)};
  pending_->due = now + options_.pauses.front();
  if (!is_silent_) send(pending_->datagrams);
}

std::vector<Bytes> Channel::seal(const wire::Header& header, const wire::Payloads& payloads) {
  Plaintext text{header, payloads.empty() ? wire::PayloadType::None : payloads.front().type,
                 wire::encode_payloads(payloads)};
  if (options_.tamper) options_.tamper(text);
  auto datagrams = cipher_.seal(text.header, text.first, text.chain, 0, random_);
  if (options_.fragment_size == 0 || datagrams.front().size() <= options_.fragment_above) return datagrams;
  datagrams = cipher_.seal(text.header, text.first, text.chain, options_.fragment_size, random_);
  if (options_.sends_fragments_reversed) std::ranges::reverse(datagrams);
  return datagrams;
}

void Channel::send(const std::vector<Bytes>& datagrams) { std::ranges::copy(datagrams, std::back_inserter(out_)); }

std::optional<Bytes> Channel::poll_transmit() { return pop(out_); }

// ---- What comes in

std::optional<wire::Payloads> Channel::open(Instant now, const wire::Message& message, ByteView datagram) {
  if (message.payloads.empty()) return std::nullopt;
  const wire::PayloadBody& last = message.payloads.back().body;
  if (const auto* whole = std::get_if<wire::EncryptedPayload>(&last)) {
    const auto text = cipher_.open(datagram, whole->body);
    auto payloads = text ? wire::decode_payloads(whole->first_inner, *text) : Failure{DecodeError{}};
    return payloads ? std::optional{*std::move(payloads)} : std::nullopt;
  }
  const auto* part = std::get_if<wire::EncryptedFragmentPayload>(&last);
  auto text = part ? cipher_.open(datagram, part->body) : std::nullopt;
  if (!text) return std::nullopt;
  ike::Reassembly& parts = message.header.is_response ? responses_ : requests_;
  if (parts.add(now, message.header.message_id, *part, {}, *std::move(text)) != ike::Reassembly::Result::Complete)
    return std::nullopt;
  const ike::Opened opened = parts.take();
  auto payloads = wire::decode_payloads(opened.first, opened.octets);
  return payloads ? std::optional{*std::move(payloads)} : std::nullopt;
}

// Of a request in fragments the first one speaks for all.
bool Channel::is_repeated(const wire::Message& message) {
  if (message.header.is_response || message.header.message_id + 1 != expected_request_id_) return false;
  const auto* part = wire::find<wire::EncryptedFragmentPayload>(message.payloads);
  if (!part || part->number == 1) send(last_response_);
  return true;
}

Channel::Received Channel::handle_datagram(Instant now, ByteView datagram) {
  const auto message = wire::decode_message(datagram);
  if (!message || is_repeated(*message)) return {};
  const bool is_response = message->header.is_response;
  const bool is_expected = is_response ? pending_ && message->header.message_id == pending_->id
                                       : message->header.message_id == expected_request_id_;
  if (!is_expected) return {};
  auto payloads = open(now, *message, datagram);
  if (!payloads) return {};
  last_heard_ = now;
  if (!is_response) {
    ++expected_request_id_;
    return Request{message->header, *std::move(payloads)};
  }
  Response response{std::move(pending_->then), *std::move(payloads)};
  pending_.reset();
  send_next(now);
  return response;
}

void Channel::answer(const Request& request, const wire::Payloads& payloads) {
  wire::Header header = request.header;
  header.is_response = true;
  header.is_from_original_initiator = is_original_initiator_;
  last_response_ = seal(header, payloads);
  send(last_response_);
}

// ---- Time

void Channel::handle_timeout(Instant now) {
  if (!pending_ || is_silent_ || has_given_up_ || now < pending_->due) return;
  if (pending_->tries > options_.pauses.size() - 1) {
    has_given_up_ = true;
    return;
  }
  pending_->due = now + options_.pauses[pending_->tries++];
  send(pending_->datagrams);
}

void Channel::resend(Instant now) {
  is_silent_ = has_given_up_ = false;
  if (!pending_) return;
  pending_->tries = 1;
  pending_->due = now + options_.pauses.front();
  send(pending_->datagrams);
}

std::optional<Instant> Channel::poll_timeout() const {
  return pending_ && !is_silent_ && !has_given_up_ ? std::optional{pending_->due} : std::nullopt;
}

}  // namespace agilevpn::sim::stock
