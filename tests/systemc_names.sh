#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What differs between SystemC 2.3 and 3.0, or is deprecated in either, stands in tiles/sc/time.h and
# nowhere else.
# usage: systemc_names.sh SOURCE_DIR | systemc_names.sh --self-test
set -euo pipefail
names='SC_HAS_PROCESS|SC_VERSION_[A-Z]+|SYSTEMC_VERSION|IEEE_1666_SYSTEMC|SC_CPLUSPLUS'
names+='|sc_(set|get)_default_time_unit|sc_simulation_time|sc_cycle|sc_initialize|sc_start_of_simulation'
names+='|sc_get_curr_process_handle|sc_process_b|sc_get_curr_process_kind|sc_bit|sc_string_old|sc_pvector'
names+='|sc_trace_delta_cycles|notify_delayed|sc_signal_out|sc_create_wif_trace_file|watching'

check() {
    cd "$1"
    find tiles sim tests examples \( -name '*.h' -o -name '*.cpp' \) ! -path tiles/sc/time.h -print0 |
        sort -z | xargs -0 grep -nHwE "$names" || true
}

if [ "$1" = --self-test ]; then
    tree=$(mktemp -d)
    trap 'rm -rf "$tree"' EXIT
    mkdir -p "$tree"/{tiles/sc,sim,tests,examples}
    echo 'SC_HAS_PROCESS(x);' | tee "$tree/tiles/sc/time.h" >"$tree/sim/a.h"
    echo 'e.notify_delayed();' >"$tree/tests/b.cpp"
    echo 'OHM_HAS_PROCESS(x); sc_start();' >"$tree/examples/c.cpp"
    [ "$(check "$tree" | cut -d: -f1 | tr '\n' ' ')" = 'sim/a.h tests/b.cpp ' ] || exit 1
    echo "2 planted names found"
    exit
fi
found=$(check "$1")
[ -z "$found" ] || { echo "$found"; exit 1; }
echo "nothing outside tiles/sc/time.h depends on the version of SystemC"
