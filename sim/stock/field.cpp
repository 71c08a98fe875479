#include "sim/stock/field.h"

#include "base/check.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;

namespace {

class Walk {
 public:
  std::vector<Field> take() { return std::move(fields_); }

  void payload(const wire::Payload& payload, std::size_t number) {
    payload_ = number;
    type_ = payload.type;
    this->number("Next Payload", 1);
    this->number("Critical", 1);
    open_length("Payload Length");
    std::visit([this](const auto& body) { walk(body); }, payload.body);
    lengths_at_.pop_back();
  }

 private:
  // ---- The pieces
  void number(std::string_view name, std::size_t size) { add(name, size, true); }
  // Nothing is no field: there is nothing to say otherwise.
  void octets(std::string_view name, std::size_t size, std::size_t spi_size_at = 0) {
    if (size == 0) return;
    add(name, size, false);
    fields_.back().spi_size_at = spi_size_at;
  }
  // Of what follows, and of what began before it: its own field is counted by those around.
  void open_length(std::string_view name) {
    number(name, 2);
    lengths_at_.push_back(at_ - 2);
  }
  void add(std::string_view name, std::size_t size, bool is_number) {
    fields_.push_back({payload_, type_, name, at_, size, lengths_at_, 0, is_number});
    at_ += size;
  }

  // ---- Bodies
  void walk(const wire::SaPayload& sa) {
    for (const wire::Proposal& proposal : sa.proposals) walk(proposal);
  }
  void walk(const wire::Proposal& proposal) {
    number("Last Substruc", 1);
    number("RESERVED", 1);
    open_length("Proposal Length");
    number("Proposal Num", 1);
    number("Protocol ID", 1);
    number("SPI Size", 1);
    const std::size_t spi_size_at = at_ - 1;
    number("Num Transforms", 1);
    octets("SPI", proposal.spi.size(), spi_size_at);
    for (const wire::Transform& transform : proposal.transforms) walk(transform);
    lengths_at_.pop_back();
  }
  void walk(const wire::Transform& transform) {
    number("Last Substruc", 1);
    number("RESERVED", 1);
    open_length("Transform Length");
    number("Transform Type", 1);
    number("RESERVED", 1);
    number("Transform ID", 2);
    if (transform.key_bits) {
      number("Attribute Type", 2);
      number("Key Length", 2);
    }
    CHECK(transform.other_attributes.empty());  // No stock client has any.
    lengths_at_.pop_back();
  }
  void walk(const wire::KePayload& ke) {
    number("Key Exchange Method", 2);
    number("RESERVED", 2);
    octets("Key Exchange Data", ke.data.size());
  }
  void walk(const wire::IdPayload& id) {
    number("ID Type", 1);
    octets("RESERVED", 3);
    octets("Identification Data", id.identity.data.size());
  }
  void walk(const wire::CertPayload& cert) {
    number("Cert Encoding", 1);
    octets("Certificate Data", cert.data.size());
  }
  void walk(const wire::CertRequestPayload& request) {
    number("Cert Encoding", 1);
    octets("Certification Authority", request.authorities.size());
  }
  void walk(const wire::AuthPayload& auth) {
    number("Auth Method", 1);
    octets("RESERVED", 3);
    octets("Authentication Data", auth.data.size());
  }
  void walk(const wire::NoncePayload& nonce) { octets("Nonce Data", nonce.nonce.size()); }
  void walk(const wire::NotifyPayload& notify) {
    number("Protocol ID", 1);
    number("SPI Size", 1);
    const std::size_t spi_size_at = at_ - 1;
    number("Notify Message Type", 2);
    octets("SPI", notify.spi.size(), spi_size_at);
    octets("Notification Data", notify.data.size());
  }
  void walk(const wire::DeletePayload& gone) {
    number("Protocol ID", 1);
    number("SPI Size", 1);
    number("Num of SPIs", 2);
    for (std::size_t i = 0; i < gone.spis.size(); ++i) octets("SPI", sizeof(EspSpi::value));
  }
  void walk(const wire::VendorIdPayload& vendor) { octets("Vendor ID", vendor.id.size()); }
  void walk(const wire::TsPayload& ts) {
    number("Number of TSs", 1);
    octets("RESERVED", 3);
    for (const TrafficSelector& selector : ts.selectors) {
      number("TS Type", 1);
      number("IP Protocol ID", 1);
      open_length("Selector Length");
      number("Start Port", 2);
      number("End Port", 2);
      octets("Starting Address", selector.first_address.size());
      octets("Ending Address", selector.last_address.size());
      lengths_at_.pop_back();
    }
  }
  void walk(const wire::ConfigurationPayload& configuration) {
    number("CFG Type", 1);
    octets("RESERVED", 3);
    for (const wire::ConfigurationAttribute& attribute : configuration.attributes) {
      number("Attribute Type", 2);
      open_length("Attribute Length");
      octets("Attribute Value", attribute.value.size());
      lengths_at_.pop_back();
    }
  }
  void walk(const wire::EapPayload& eap) {
    constexpr std::size_t header_size = 4;
    number("EAP Code", 1);
    number("EAP Identifier", 1);
    open_length("EAP Length");
    if (eap.message.size() > header_size) {
      number("EAP Type", 1);
      octets("EAP Type-Data", eap.message.size() - header_size - 1);
    }
    lengths_at_.pop_back();
  }
  void walk(const wire::UnknownPayload& unknown) { octets("Data", unknown.data.size()); }
  void walk(const wire::EncryptedPayload&) { CHECK(false); }  // Not in a chain that is in the clear.
  void walk(const wire::EncryptedFragmentPayload&) { CHECK(false); }

  std::vector<Field> fields_;
  std::vector<std::size_t> lengths_at_;
  std::size_t at_ = 0, payload_ = 0;
  wire::PayloadType type_ = wire::PayloadType::None;
};

}  // namespace

std::string Field::to_string() const { return wire::to_string(type) + " " + std::string{name}; }

std::vector<Field> fields_of(const wire::Payloads& payloads) {
  Walk walk;
  for (std::size_t i = 0; i < payloads.size(); ++i) walk.payload(payloads[i], i);
  return walk.take();
}

}  // namespace agilevpn::sim::stock
