# SPDX-License-Identifier: GPL-3.0-or-later
# SystemC as an imported target, for the build and for the installed package. SC_MAIN is the library
# with an empty sc_main; it must stand behind libsystemc on the command line of the linker.
function(ohm_find_systemc sc_main)
  pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET GLOBAL systemc)
  if(NOT TARGET ohm_dep_systemc)
    # libsystemc is a third-party C++ header set: our warnings are not for it
    add_library(ohm_dep_systemc INTERFACE IMPORTED GLOBAL)
    target_include_directories(ohm_dep_systemc SYSTEM INTERFACE ${SYSTEMC_INCLUDE_DIRS})
    target_link_libraries(ohm_dep_systemc INTERFACE PkgConfig::SYSTEMC ${sc_main})
  endif()
endfunction()
