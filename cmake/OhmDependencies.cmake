# SPDX-License-Identifier: GPL-3.0-or-later
# Every library the project stands on, as an imported target. Nothing is fetched.
find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)

pkg_check_modules(GSL REQUIRED IMPORTED_TARGET gsl)
pkg_check_modules(FYAML REQUIRED IMPORTED_TARGET libfyaml)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(OPENBLAS REQUIRED IMPORTED_TARGET openblas)
pkg_check_modules(FFTW REQUIRED IMPORTED_TARGET fftw3f fftw3)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(SNDFILE REQUIRED IMPORTED_TARGET sndfile)

find_path(CHOLMOD_INCLUDE_DIR cholmod.h PATH_SUFFIXES suitesparse REQUIRED)
find_library(CHOLMOD_LIBRARY cholmod REQUIRED)
add_library(ohm_dep_cholmod INTERFACE)
target_include_directories(ohm_dep_cholmod SYSTEM INTERFACE ${CHOLMOD_INCLUDE_DIR})
target_link_libraries(ohm_dep_cholmod INTERFACE ${CHOLMOD_LIBRARY})

# A build without SystemC works: the chip model and its tests are then left out.
pkg_check_modules(SYSTEMC IMPORTED_TARGET systemc)
option(OHM_SYSTEMC "Build the SystemC chip" ${SYSTEMC_FOUND})
if(OHM_SYSTEMC AND NOT SYSTEMC_FOUND)
  message(FATAL_ERROR "OHM_SYSTEMC is ON but pkg-config finds no systemc (Debian: libsystemc-dev)")
endif()
if(OHM_SYSTEMC)
  # libsystemc is a third-party C++ header set: our warnings are not for it
  add_library(ohm_dep_systemc INTERFACE)
  target_include_directories(ohm_dep_systemc SYSTEM INTERFACE ${SYSTEMC_INCLUDE_DIRS} /usr/include)
  target_link_libraries(ohm_dep_systemc INTERFACE PkgConfig::SYSTEMC ohm_sc_main)
endif()
if(OHM_TESTS)
  pkg_check_modules(CHECK REQUIRED IMPORTED_TARGET check)
endif()
