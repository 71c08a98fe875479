# Warnings, sanitizers, and what makes builds quick where it is installed (ccache, lld).
add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wshadow=local)  # More than locals would be found in files that are compiled together, and not alone.
  # g++ 12 and 14 report these inside the standard library's own inlined code.
  add_compile_options(-Wno-restrict -Wno-stringop-overflow -Wno-array-bounds -Wno-stringop-overread
                      -Wno-maybe-uninitialized -Wno-free-nonheap-object -Wno-missing-field-initializers)
else()
  # clang reports the last one inside libstdc++ 12's own std::stable_sort.
  add_compile_options(-Wno-missing-field-initializers -Wno-missing-designated-field-initializers -Wno-deprecated-declarations)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-subobject-linkage)
endif()
add_compile_options(-fno-omit-frame-pointer)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")  # Not CMake's -O3, which compiles longer: ciphers, where the time goes, are OpenSSL's.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_options(-g1)
endif()
if(AGILEVPN_SANITIZE)
  add_compile_options(-fsanitize=${AGILEVPN_SANITIZE} -fno-sanitize-recover=all)
  if(AGILEVPN_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # Asio's fences, which it does not follow.
  endif()
  add_link_options(-fsanitize=${AGILEVPN_SANITIZE})
endif()
if(AGILEVPN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_compile_definitions(AGILEVPN_FUZZING)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # The sloppiness and the two options are what ccache's manual asks for where headers are precompiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
                                  CCACHE_PCH_EXTSUM=1 ${CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  else()
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()
find_program(LLD NAMES ld.lld ld.lld-19)
if(LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT AGILEVPN_SANITIZE)
  get_filename_component(lld_name ${LLD} NAME)
  if(lld_name STREQUAL "ld.lld")
    add_link_options(-fuse-ld=lld)
  endif()
endif()
