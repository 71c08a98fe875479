# What nearly every test includes is compiled once for all test programs; GoogleTest is a third of their compile time. The rooms
# themselves gain little by it. A file still includes what it uses: -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON builds without.
# Tests, and rooms that only run when a person or a start asks, are compiled with less optimisation:
# by -Og a sixth sooner than by -O1; -O0 takes g++ longer than both.
set(AGILEVPN_SELDOM_OPTIONS $<$<CONFIG:Release>:-Og>)
if(AGILEVPN_TESTS)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/test_headers.cpp CONTENT "")
  add_library(agilevpn_test_headers OBJECT ${CMAKE_BINARY_DIR}/test_headers.cpp)
  target_compile_options(agilevpn_test_headers PRIVATE ${AGILEVPN_SELDOM_OPTIONS})
  target_link_libraries(agilevpn_test_headers PRIVATE fmt::fmt GTest::gtest GTest::gmock)
  target_precompile_headers(agilevpn_test_headers PRIVATE <gmock/gmock.h> <gtest/gtest.h> <algorithm> <chrono> <deque>
                            <fmt/format.h> <functional> <map> <memory> <optional> <set> <string> <variant> <vector>)
endif()

add_custom_target(lab_programs)  # What the tests under the labels lab and interop run.

# agilevpn_room(NAME [SELDOM] [ROOMS room ...] [LINK target ...] [TEST_LINK target ...] [LABEL unit])
#
# A room: every *.cpp of this folder (not below it) is the library agilevpn_NAME; every *_test.cpp is in the test program
# NAME_test, found by ctest under the label. ROOMS are the rooms it lies on, LINK are libraries of the system. SELDOM: no
# packet and no handshake runs through it. A room of headers only is an interface library.
function(agilevpn_room name)
  cmake_parse_arguments(ROOM "SELDOM" "LABEL" "ROOMS;LINK;TEST_LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$|main\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM ROOM_ROOMS PREPEND agilevpn_)
  if(sources)
    add_library(agilevpn_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(agilevpn_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  if(ROOM_SELDOM)
    target_compile_options(agilevpn_${name} PRIVATE ${AGILEVPN_SELDOM_OPTIONS})
  endif()
  target_include_directories(agilevpn_${name} ${scope} ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR})
  target_link_libraries(agilevpn_${name} ${scope} ${ROOM_ROOMS} ${ROOM_LINK})
  if(AGILEVPN_TESTS AND tests)
    agilevpn_test(${name}_test SOURCES ${tests} LINK agilevpn_${name} ${ROOM_TEST_LINK} LABEL ${ROOM_LABEL})
  endif()
endfunction()

# agilevpn_test(NAME SOURCES file ... [LINK target ...] [LABEL unit] [TIMEOUT seconds])
function(agilevpn_test name)
  cmake_parse_arguments(TEST "" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
  if(NOT TEST_LABEL)
    set(TEST_LABEL unit)
  endif()
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 120)
  endif()
  if(AGILEVPN_SANITIZE)  # ThreadSanitizer takes ten times as long.
    math(EXPR TEST_TIMEOUT "${TEST_TIMEOUT} * 5")
  endif()
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE ${TEST_LINK} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${AGILEVPN_SELDOM_OPTIONS})
  target_precompile_headers(${name} REUSE_FROM agilevpn_test_headers)
  target_compile_definitions(${name} PRIVATE AGILEVPN_TESTDATA="${CMAKE_SOURCE_DIR}/../shared/testdata")
  add_test(NAME ${name} COMMAND ${name})
  set_target_properties(${name} PROPERTIES UNITY_BUILD_BATCH_SIZE 8)  # Their headers are compiled before: larger would win nothing.
  set_tests_properties(${name} PROPERTIES LABELS ${TEST_LABEL} TIMEOUT ${TEST_TIMEOUT})
  if(TEST_LABEL MATCHES "lab|interop")
    add_dependencies(lab_programs ${name})
  endif()
endfunction()
