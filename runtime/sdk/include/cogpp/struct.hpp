// COGPP_STRUCT: makes a struct an output or input with named fields.
//
//   struct Box { double x, y; std::string label; std::optional<double> score; };
//   COGPP_STRUCT(Box, x, y, label, score)
//
// Put it behind the struct, in the same namespace. Fields may have any type that an
// output may have; a std::optional one may be absent.
#pragma once

#include <tuple>

namespace cogpp::detail {

template <class T>
struct Tag {};

template <class Struct, class Member>
struct FieldOf {
  const char* name;
  Member Struct::*member;
};
template <class Struct, class Member>
FieldOf(const char*, Member Struct::*) -> FieldOf<Struct, Member>;

}  // namespace cogpp::detail

// Each pass of the preprocessor over its own result expands one more field; 4^4
// passes are enough for any struct that is still a struct.
#define COGPP_DETAIL_AGAIN(...) \
  COGPP_DETAIL_AGAIN4(COGPP_DETAIL_AGAIN4(COGPP_DETAIL_AGAIN4(COGPP_DETAIL_AGAIN4(__VA_ARGS__))))
#define COGPP_DETAIL_AGAIN4(...) \
  COGPP_DETAIL_AGAIN3(COGPP_DETAIL_AGAIN3(COGPP_DETAIL_AGAIN3(COGPP_DETAIL_AGAIN3(__VA_ARGS__))))
#define COGPP_DETAIL_AGAIN3(...) \
  COGPP_DETAIL_AGAIN2(COGPP_DETAIL_AGAIN2(COGPP_DETAIL_AGAIN2(COGPP_DETAIL_AGAIN2(__VA_ARGS__))))
#define COGPP_DETAIL_AGAIN2(...) __VA_ARGS__
#define COGPP_DETAIL_PARENS ()
#define COGPP_DETAIL_FIELDS(Type, first, ...)                \
  ::cogpp::detail::FieldOf{#first, &Type::first} __VA_OPT__( \
      , COGPP_DETAIL_FIELDS_AGAIN COGPP_DETAIL_PARENS(Type, __VA_ARGS__))
#define COGPP_DETAIL_FIELDS_AGAIN() COGPP_DETAIL_FIELDS

#define COGPP_STRUCT(Type, ...)                                                      \
  [[maybe_unused]] inline auto cogpp_fields(::cogpp::detail::Tag<Type>) {            \
    return ::std::tuple{COGPP_DETAIL_AGAIN(COGPP_DETAIL_FIELDS(Type, __VA_ARGS__))}; \
  }                                                                                  \
  static_assert(true, "a semicolon may follow")
