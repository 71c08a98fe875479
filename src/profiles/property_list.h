// Apple's property lists as XML: dictionaries, arrays and their values.
#pragma once

#include <pugixml.hpp>
#include <string>

#include "base/bytes.h"

namespace agilevpn::profiles {

class PropertyList {
 public:
  PropertyList();
  pugi::xml_node root() const { return root_; }  // A dictionary.
  std::string text() const;

 private:
  pugi::xml_document document_;
  pugi::xml_node root_;
};

void put(pugi::xml_node dictionary, const char* key, const std::string& value);
void put(pugi::xml_node dictionary, const char* key, int value);
void put(pugi::xml_node dictionary, const char* key, ByteView data);
pugi::xml_node put_dictionary(pugi::xml_node dictionary, const char* key);
pugi::xml_node put_array(pugi::xml_node dictionary, const char* key);

}  // namespace agilevpn::profiles
