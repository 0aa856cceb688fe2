# What every target of the tree shares. Flags that differ between builds stand in the presets alone.
add_library(offhook_options INTERFACE)
target_compile_features(offhook_options INTERFACE cxx_std_20)
target_include_directories(offhook_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(offhook_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast)
# A program loads the shared libraries that it uses, not those that a sister of it uses.
target_link_options(offhook_options INTERFACE -Wl,--as-needed)
target_compile_definitions(offhook_options INTERFACE OFFHOOK_VERSION="${PROJECT_VERSION}")

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

# Headers that most files read, and which take longer to read than those files: read once. Each file names what it needs
# all the same: the asan preset builds without this.
function(offhook_headers name)
  cmake_parse_arguments(ARG "" "" "HEADERS;LIBS" ${ARGN})
  add_library(${name} OBJECT ${CMAKE_SOURCE_DIR}/cmake/headers.cpp)
  target_link_libraries(${name} PRIVATE offhook_options ${ARG_LIBS})
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()
set(standard_headers <algorithm> <array> <chrono> <functional> <map> <memory> <optional> <string> <variant> <vector>)
offhook_headers(common_headers HEADERS ${standard_headers} <tl/expected.hpp> LIBS tl::expected)
# For programs that have many commands, each with options and a table as JSON.
offhook_headers(command_headers HEADERS ${standard_headers} <tl/expected.hpp> <boost/program_options.hpp> <nlohmann/json.hpp>
  LIBS tl::expected Boost::program_options nlohmann_json::nlohmann_json)

# offhook_core(NAME SOURCES a.cpp … LIBS lib … [HEADERS set]): a static library of cores or kit code.
function(offhook_core name)
  cmake_parse_arguments(ARG "" "HEADERS" "SOURCES;LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC offhook_options ${ARG_LIBS})
  offhook_reuse_headers(${name} "${ARG_HEADERS}")
endfunction()

function(offhook_reuse_headers name headers)
  if(NOT headers)
    set(headers common_headers)
  endif()
  target_precompile_headers(${name} REUSE_FROM ${headers})
endfunction()

# offhook_program(NAME SOURCES main.cpp … LIBS lib … [HEADERS set]): a program in build/bin, installed under /usr/lib/offhook/bin.
function(offhook_program name)
  cmake_parse_arguments(ARG "" "HEADERS" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE offhook_options ${ARG_LIBS})
  offhook_reuse_headers(${name} "${ARG_HEADERS}")
  set_property(GLOBAL APPEND PROPERTY OFFHOOK_PROGRAMS ${name})
  install(TARGETS ${name} RUNTIME DESTINATION lib/offhook/bin)
endfunction()
