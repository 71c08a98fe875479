// Errors as values. Result<T, E> is a value or an error; Failure{e} makes the error side.
//
// TRY and TRY_ASSIGN hand an error to the caller. They are statements on purpose: an expression form that returns from
// inside `Pair{a, TRY(b)}` skips the destructor of `a`, and some of our destructors wipe keys.
#pragma once

#include <expected>
#include <utility>

namespace agilevpn {

template <class T, class E>
using Result = std::expected<T, E>;

template <class E>
struct Failure : std::unexpected<E> {
  explicit Failure(E error) : std::unexpected<E>(std::move(error)) {}
};
template <class E>
Failure(E) -> Failure<E>;

}  // namespace agilevpn

#define AGILEVPN_CONCAT_(a, b) a##b
#define AGILEVPN_CONCAT(a, b) AGILEVPN_CONCAT_(a, b)

// Returns the error of `expression` from the enclosing function, if it has one.
#define TRY(expression)                                                                                         \
  do {                                                                                                          \
    if (auto try_result = (expression); !try_result) return ::agilevpn::Failure{std::move(try_result).error()}; \
  } while (false)

// Declares `declaration` with the value of `expression`, or returns its error.
#define TRY_ASSIGN(declaration, expression) TRY_ASSIGN_(AGILEVPN_CONCAT(try_result_, __LINE__), declaration, expression)
#define TRY_ASSIGN_(result, declaration, expression)                  \
  auto result = (expression);                                         \
  if (!result) return ::agilevpn::Failure{std::move(result).error()}; \
  declaration = *std::move(result)
