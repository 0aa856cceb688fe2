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

# offhook_core(NAME SOURCES a.cpp … LIBS lib …): a static library of cores or kit code.
function(offhook_core name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC offhook_options ${ARG_LIBS})
endfunction()

# offhook_program(NAME SOURCES main.cpp … LIBS lib …): a program in build/bin, installed under /usr/lib/offhook/bin.
function(offhook_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE offhook_options ${ARG_LIBS})
  set_property(GLOBAL APPEND PROPERTY OFFHOOK_PROGRAMS ${name})
  install(TARGETS ${name} RUNTIME DESTINATION lib/offhook/bin)
endfunction()
