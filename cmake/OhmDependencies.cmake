# SPDX-License-Identifier: GPL-3.0-or-later
# Every library that what we install stands on, as an imported target. Nothing is fetched. The build
# and the installed package both include this file, so that they find the same things.
find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)

pkg_check_modules(GSL REQUIRED IMPORTED_TARGET gsl)
pkg_check_modules(FYAML REQUIRED IMPORTED_TARGET libfyaml)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(FFTW REQUIRED IMPORTED_TARGET fftw3f fftw3)
pkg_check_modules(SNDFILE REQUIRED IMPORTED_TARGET sndfile)

if(NOT TARGET OpenMP::OpenMP_C) # in a project of C++ alone the same library has the other name
  add_library(OpenMP::OpenMP_C INTERFACE IMPORTED)
  target_link_libraries(OpenMP::OpenMP_C INTERFACE OpenMP::OpenMP_CXX)
endif()

if(NOT TARGET ohm_dep_cholmod)
  find_path(CHOLMOD_INCLUDE_DIR cholmod.h PATH_SUFFIXES suitesparse REQUIRED)
  find_library(CHOLMOD_LIBRARY cholmod REQUIRED)
  add_library(ohm_dep_cholmod INTERFACE IMPORTED)
  target_include_directories(ohm_dep_cholmod SYSTEM INTERFACE ${CHOLMOD_INCLUDE_DIR})
  # Loaded when it is needed, under the name that programs link it by (models/arrays/cholmod_library.h).
  get_filename_component(CHOLMOD_LIBRARY_NAME ${CHOLMOD_LIBRARY} REALPATH)
  get_filename_component(CHOLMOD_LIBRARY_NAME ${CHOLMOD_LIBRARY_NAME} NAME)
  string(REGEX REPLACE "(\\.so\\.[0-9]+).*" "\\1" CHOLMOD_LIBRARY_NAME ${CHOLMOD_LIBRARY_NAME})
endif()
