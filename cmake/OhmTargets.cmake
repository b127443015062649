# SPDX-License-Identifier: GPL-3.0-or-later
# The three shapes every target of this project has.

add_library(ohm_flags INTERFACE)
target_include_directories(ohm_flags INTERFACE ${PROJECT_SOURCE_DIR})
# No contraction: the same bits on every machine and every instruction-set path.
target_compile_options(ohm_flags INTERFACE -ffp-contract=off -fno-math-errno -fno-trapping-math
                       -Wall -Wextra -Wpedantic -Wshadow
                       $<$<COMPILE_LANGUAGE:C>:-Wconversion -Wstrict-prototypes -Wmissing-prototypes>)
target_compile_definitions(ohm_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:_GNU_SOURCE>)
if(OHM_WERROR)
  target_compile_options(ohm_flags INTERFACE -Werror)
endif()
if(OHM_SANITIZE)
  target_compile_options(ohm_flags INTERFACE -fsanitize=${OHM_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(ohm_flags INTERFACE -fsanitize=${OHM_SANITIZE})
endif()
if(OHM_COVERAGE)
  target_compile_options(ohm_flags INTERFACE --coverage)
  target_link_options(ohm_flags INTERFACE --coverage)
endif()

# Includes are relative to the root of the tree, here and where the headers are installed.
add_library(ohm_headers INTERFACE)
target_include_directories(ohm_headers INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/ohmstate>)
set_target_properties(ohm_headers PROPERTIES EXPORT_NAME headers)
add_library(ohmstate::headers ALIAS ohm_headers)

# ohm_layer(NAME SOURCES... [LINK LIBS...]): one static library of the block diagram; other projects
# (and the examples) know ohm_core as ohmstate::core.
function(ohm_layer name)
  cmake_parse_arguments(L "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${L_SOURCES})
  target_link_libraries(${name} PUBLIC ohm_headers $<BUILD_INTERFACE:ohm_flags> ${L_LINK})
  string(REGEX REPLACE "^ohm_" "" export ${name})
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${export})
  add_library(ohmstate::${export} ALIAS ${name})
endfunction()

# ohm_presets(FILE...): YAML files beside the code they configure, embedded into the command.
function(ohm_presets)
  foreach(f ${ARGN})
    set_property(GLOBAL APPEND PROPERTY OHM_PRESETS ${CMAKE_CURRENT_SOURCE_DIR}/${f})
  endforeach()
endfunction()

# Turns every listed preset into one C file of const strings, compiled into TARGET.
function(ohm_embed_presets target)
  get_property(files GLOBAL PROPERTY OHM_PRESETS)
  set(out ${PROJECT_BINARY_DIR}/presets_embedded.c)
  string(REPLACE ";" "|" joined "${files}")
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} "-DFILES=${joined}" -DROOT=${PROJECT_SOURCE_DIR}
            -P ${PROJECT_SOURCE_DIR}/cmake/EmbedPresets.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/EmbedPresets.cmake
    VERBATIM)
  # A target of its own carries the rule; the archive takes the object.
  add_library(ohm_presets_embedded OBJECT ${out})
  target_link_libraries(ohm_presets_embedded PRIVATE ohm_flags)
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:ohm_presets_embedded>)
endfunction()

# ohm_test(NAME SOURCES ... LINK ... LABELS ... [TIMEOUT s]): one Check program in CTest.
# NAME is layer_topic; the SystemC ones set SYSTEMC.
function(ohm_test name)
  cmake_parse_arguments(T "SYSTEMC" "TIMEOUT" "SOURCES;LINK;LABELS;ENV" ${ARGN})
  add_executable(test_${name} ${T_SOURCES})
  target_link_libraries(test_${name} PRIVATE ${T_LINK} PkgConfig::CHECK)
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  add_test(NAME ${name} COMMAND test_${name})
  set_tests_properties(${name} PROPERTIES
    LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT} SKIP_RETURN_CODE 77
    ENVIRONMENT "CK_DEFAULT_TIMEOUT=${T_TIMEOUT};OHM_SOURCE_DIR=${PROJECT_SOURCE_DIR};OHM_SHARED_DIR=${OHM_SHARED_DIR};${T_ENV}")
endfunction()

# Reference data beside the checkout; tests that need it skip with a line where it is absent.
set(OHM_SHARED_DIR ${PROJECT_SOURCE_DIR}/../shared CACHE PATH "Folder with refs/ and data/")
