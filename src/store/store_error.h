// Why something could not be stored or found: a sentence for a person, and its kind for a program. It converts to
// Error.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace agilevpn::store {

enum class Cause : std::uint8_t {
  Refused,  // It cannot be: a name of nobody, a value out of bounds.
  Taken,    // A name that must be unique and is not.
  Locked,   // Another program writes. Later it may work.
  Full,     // The disk. Nothing was changed.
  NoPermission,
  Missing,       // There is no database there.
  NotADatabase,  // The file is something else.
  NewerSchema,   // A newer AgileVPN has written it.
  Damaged,
  Failed,  // Whatever else the system says.
};

struct StoreError : Error {
  StoreError(Cause why, std::string said, std::string cure = {})
      : Error{std::move(said), std::move(cure)}, cause(why) {}
  Cause cause;
  std::string_view field = {};  // Of a user, by the name that its column in a CSV file has; may be empty.
};

template <class T = void>
using Stored = Result<T, StoreError>;

inline Failure<StoreError> refuse(std::string what, std::string help = {}) {
  return Failure{StoreError{Cause::Refused, std::move(what), std::move(help)}};
}
inline Failure<StoreError> about(std::string_view field, StoreError error) {
  error.field = field;
  return Failure{std::move(error)};
}

}  // namespace agilevpn::store
