# SPDX-License-Identifier: GPL-3.0-or-later
# What `cmake --install` leaves: the command, the libraries with their public headers, a CMake
# package and pkg-config files, the pages and the examples. Nothing installed knows where it was
# built, and the tree may be moved afterwards. Presets are inside the libraries (core/config/preset.h).
include(CMakePackageConfigHelpers)

# The public headers. What is not here is nobody's business outside: it may change at any time.
set(headers
  core/config/config.h core/config/param.h core/config/preset.h
  core/files/file.h core/files/json.h core/files/npy.h core/files/safetensors.h
  core/graph/graph.h core/graph/ops.h core/graph/reference.h core/graph/sequence_batch.h core/hash.h core/intervals.h
  core/progress.h core/rng.h core/stats.h core/status.h core/units.h
  models/arrays/network.h models/arrays/weights.h models/arrays/wires.h
  models/components/component.h models/components/part.h models/components/set.h
  models/converters/adc.h models/converters/dac.h
  models/devices/array.h models/devices/device.h
  sim/batch/engine.h sim/batch/maintained.h sim/batch/sequences.h
  sim/platform/platform.h sim/platform/registers.h
  sim/run/folder.h sim/run/mapping_table.h sim/run/results.h sim/run/simulate.h sim/batch/workload.h
  tiles/chip/chip.h tiles/chip/config.h tiles/tile/maintenance.h tiles/chip/pipeline.h
  tiles/chip/plan.h
  tiles/digital/buffers.h tiles/digital/digital.h tiles/digital/interconnect.h
  tiles/energy/ledger.h tiles/energy/part_costs.h tiles/energy/utilisation.h
  tiles/tile/tile.h
  workloads/data/dataset.h
  workloads/lower/lower.h
  workloads/nn/model/complexity.h workloads/nn/model/model.h workloads/nn/trainer/train.h
  workloads/quant/quant.h
  workloads/s4d/s4d.h
  workloads/train/config.h workloads/train/evaluate.h workloads/train/model_data.h workloads/train/model_file.h
  workloads/train/run.h workloads/train/torch_state.h)
set(platform_headers sim/platform/tlm_device.h tiles/sc/time.h tiles/sc/trace.h)

add_library(ohm_library INTERFACE) # everything but SystemC
target_link_libraries(ohm_library INTERFACE ohm_batch)
set_target_properties(ohm_library PROPERTIES EXPORT_NAME ohmstate)
add_library(ohmstate::ohmstate ALIAS ohm_library)

set(libraries ohm_headers ohm_core ohm_models ohm_tiles ohm_workloads ohm_batch ohm_library)
set(platform_libraries "")
if(OHM_SYSTEMC)
  list(APPEND headers ${platform_headers})
  set(platform_libraries ohm_sc_main ohm_tiles_sc ohm_platform ohm_run ohm_compare)
else()
  list(APPEND libraries ohm_run ohm_compare)
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ohmstate)
foreach(header ${headers})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ohmstate/${folder})
endforeach()
install(TARGETS ohmstate RUNTIME)
install(TARGETS ${libraries} EXPORT ohmstate ARCHIVE)
install(EXPORT ohmstate NAMESPACE ohmstate:: FILE ohmstate-targets.cmake DESTINATION ${package_dir})
if(OHM_SYSTEMC)
  install(TARGETS ${platform_libraries} EXPORT ohmstate-platform ARCHIVE)
  install(EXPORT ohmstate-platform NAMESPACE ohmstate:: FILE ohmstate-platform-targets.cmake
          DESTINATION ${package_dir})
endif()

configure_package_config_file(cmake/ohmstate-config.cmake.in
  ${PROJECT_BINARY_DIR}/ohmstate-config.cmake INSTALL_DESTINATION ${package_dir}
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ohmstate-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ohmstate-config.cmake
  ${PROJECT_BINARY_DIR}/ohmstate-config-version.cmake cmake/OhmDependencies.cmake
  cmake/OhmSystemC.cmake DESTINATION ${package_dir})

# pkg-config. A file is found below the prefix, whatever that is at the time; absolute folders, as
# some distributions choose them, stay what they are.
foreach(kind LIB INCLUDE)
  if(IS_ABSOLUTE ${CMAKE_INSTALL_${kind}DIR})
    set(pc_${kind}DIR ${CMAKE_INSTALL_${kind}DIR})
  else()
    set(pc_${kind}DIR "\${prefix}/${CMAKE_INSTALL_${kind}DIR}")
  endif()
endforeach()
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  set(pc_prefix ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" up "${up}")
  set(pc_prefix "\${pcfiledir}/${up}")
endif()
set(pc_openmp ${OpenMP_C_LIB_NAMES})
list(TRANSFORM pc_openmp PREPEND -l)
list(JOIN pc_openmp " " pc_openmp)
set(pc_files ohmstate)
if(OHM_SYSTEMC)
  list(APPEND pc_files ohmstate-platform)
endif()
foreach(file ${pc_files})
  configure_file(cmake/${file}.pc.in ${PROJECT_BINARY_DIR}/${file}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${file}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR}
  PATTERN "*.so" EXCLUDE PATTERN build EXCLUDE)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
