#include "profiles/property_list.h"

#include "profiles/eap_host_config.h"
#include "profiles/text.h"

namespace agilevpn::profiles {

PropertyList::PropertyList() {
  pugi::xml_node declaration = document_.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  document_.append_child(pugi::node_doctype)
      .set_value("plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\"");
  pugi::xml_node list = document_.append_child("plist");
  list.append_attribute("version") = "1.0";
  root_ = list.append_child("dict");
}

std::string PropertyList::text() const { return to_text(document_); }

void put(pugi::xml_node dictionary, const char* key, const std::string& value) {
  add_element(dictionary, "key", key);
  add_element(dictionary, "string", value);
}

void put(pugi::xml_node dictionary, const char* key, int value) {
  add_element(dictionary, "key", key);
  add_element(dictionary, "integer", std::to_string(value));
}

void put(pugi::xml_node dictionary, const char* key, ByteView data) {
  add_element(dictionary, "key", key);
  add_element(dictionary, "data", base64(data));
}

pugi::xml_node put_dictionary(pugi::xml_node dictionary, const char* key) {
  add_element(dictionary, "key", key);
  return dictionary.append_child("dict");
}

pugi::xml_node put_array(pugi::xml_node dictionary, const char* key) {
  add_element(dictionary, "key", key);
  return dictionary.append_child("array");
}

}  // namespace agilevpn::profiles
