#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every #include against the layer table of the design; prints file:line of each violation.
# usage: layers.sh SOURCE_DIR | layers.sh --self-test
set -euo pipefail

# The rules, first match wins: layer, what it may include from this tree, which system headers are
# closed to it.
rules() {
    cat <<'END'
tiles/tile/kernel.            tiles/tile/kernel\.h                                                 systemc|tlm|sysc
tiles/tile/encode.            core/|models/|tiles/tile/(tile|encode)\.h                            systemc|tlm|sysc
tiles/tile/maintenance.       core/|tiles/tile/maintenance\.h                                      systemc|tlm|sysc
tiles/tile/layout.            core/|models/|tiles/tile/(tile|encode|kernel|layout)\.h              systemc|tlm|sysc
tiles/tile/cells.             core/|models/|tiles/tile/(layout|cells)\.h                           systemc|tlm|sysc
tiles/tile/correlated_noise.  core/|models/|tiles/tile/(cells|correlated_noise)\.h                 systemc|tlm|sysc
tiles/tile/wires.             core/|models/|tiles/tile/(cells|wires)\.h                            systemc|tlm|sysc
tiles/tile/gated.             core/|models/|tiles/tile/(cells|gated)\.h                            systemc|tlm|sysc
tiles/tile/fold.              core/|models/|tiles/tile/(cells|correlated_noise|noise_id|fold)\.h   systemc|tlm|sysc
tiles/tile/ranges.            core/|models/|tiles/tile/(layout|gated|ranges)\.h                    systemc|tlm|sysc
tiles/tile/converters.        core/|models/|tiles/tile/(fold|ranges|converters)\.h                 systemc|tlm|sysc
tiles/tile/compensation.      core/|models/|tiles/tile/(layout|compensation)\.h                    systemc|tlm|sysc
tiles/tile/shift_add.         core/|models/|tiles/tile/(compensation|shift_add)\.h                 systemc|tlm|sysc
tiles/tile/parts.h            tiles/tile/(compensation|converters|correlated_noise|fold|gated|ranges)\.h systemc|tlm|sysc
tiles/tile/mvm                core/|models/|tiles/tile/(layout|mvm|parts|shift_add)\.h             systemc|tlm|sysc
tiles/tile/       core/|models/|tiles/tile/                                                        systemc|tlm|sysc
tiles/digital/    core/|models/|tiles/(tile|digital)/                                              systemc|tlm|sysc
tiles/chip/       core/|models/|tiles/(tile|digital|chip)/                                         systemc|tlm|sysc
tiles/energy/     core/|models/|tiles/(tile|digital|chip|energy)/                                  systemc|tlm|sysc
tiles/sc/         core/|models/|tiles/                                                             none
sim/batch/        core/|models/|tiles/[a-rt-z][^/]*/|workloads/|sim/batch/                         systemc|tlm|sysc
sim/platform/     core/|models/|tiles/|sim/platform/                                               none
sim/run/          core/|models/|tiles/|workloads/|sim/(batch|platform|run)/                        systemc|tlm|sysc
sim/compare/      core/|models/|tiles/|workloads/|sim/(batch|platform|run|compare)/                systemc|tlm|sysc
sim/sweep/        core/|models/|tiles/|workloads/|sim/(batch|platform|run|sweep)/                  systemc|tlm|sysc
sim/validation/   core/|models/|tiles/|workloads/|sim/(batch|platform|run|validation)/             systemc|tlm|sysc
sim/bench/        core/|models/|tiles/|workloads/|sim/(batch|platform|run|compare|sweep|bench)/    systemc|tlm|sysc
sim/report/       core/|models/|tiles/|workloads/|sim/(batch|platform|run|compare|sweep|validation|bench|report)/ systemc|tlm|sysc
sim/cli/          core/|models/|tiles/|workloads/|sim/                                             systemc|tlm|sysc
core/files/       core/[a-z0-9_]+\.h$|core/files/                                                  systemc|tlm|sysc|cblas|fftw3|cholmod|sqlite3|sndfile|zlib|omp
core/config/      core/[a-z0-9_]+\.h$|core/files/|core/config/                                     systemc|tlm|sysc|cblas|fftw3|cholmod|sqlite3|sndfile|zlib|omp
core/graph/       core/[a-z0-9_]+\.h$|core/files/|core/graph/                                      systemc|tlm|sysc|cblas|fftw3|cholmod|sqlite3|sndfile|zlib|omp
core/stats.c      core/[a-z0-9_]+\.h$|core/files/json\.h$                                             systemc|tlm|sysc|cblas|fftw3|cholmod|sqlite3|sndfile|zlib|omp
core/             core/[a-z0-9_]+\.h$                                                              systemc|tlm|sysc|cblas|fftw3|cholmod|sqlite3|sndfile|zlib|omp
models/           core/|models/                                                                    systemc|tlm|sysc
workloads/        core/|models/|workloads/                                                         systemc|tlm|sysc
END
}

check() {
    cd "$1"
    find core models tiles workloads sim -type f \
        \( -name '*.c' -o -name '*.h' -o -name '*.cpp' -o -name '*.hpp' \) -print0 2>/dev/null | LC_ALL=C sort -z |
        { xargs -0 grep -nHE '^[[:space:]]*#[[:space:]]*include' || true; } |
        awk -v rules="$(rules)" '
            BEGIN {
                count = split(rules, lines, "\n")
                for (i = 1; i <= count; i++) {
                    split(lines[i], part, " +")
                    layer[i] = part[1]; mine[i] = part[2]; closed[i] = part[3]
                }
            }
            {
                split($0, field, ":")
                file = field[1]; place = field[1] ":" field[2]
                own = match($0, /"[^"]*"/); name = substr($0, RSTART + 1, RLENGTH - 2)
                if (!own && match($0, /<[^>]*>/)) name = substr($0, RSTART + 1, RLENGTH - 2)
                for (i = 1; i <= count; i++) if (index(file, layer[i]) == 1) break
                if (i > count) { print place ": no layer of the table holds " file; next }
                if (own && index(name, "/") == 0)
                    print place ": \"" name "\" is not relative to the root of the tree"
                else if (own && name !~ "^(" mine[i] ")")
                    print place ": " layer[i] " must not include " name
                else if (!own && name ~ "^(" closed[i] ")([./_]|$)")
                    print place ": " layer[i] " must not include <" name ">"
            }'
}

self_test() {
    local got want
    tree=$(mktemp -d)
    trap 'rm -rf "$tree"' EXIT
    mkdir -p "$tree"/{core,models,tiles/{sc,tile,chip},workloads,sim/{platform,run,cli}}
    printf '#include "core/b.h"\n#include <stdio.h>\n  #  include "models/a.h"\n#include <fftw3.h>\n' >"$tree/core/a.c"
    printf '#include "b.h"\n' >"$tree/models/a.h"
    printf '#include "tiles/sc/a.hpp"\n#include <systemc>\n#include "tiles/chip/b.h"\n' >"$tree/tiles/tile/a.c"
    printf '#include "tiles/tile/b.h"\n#include "tiles/energy/b.h"\n' >"$tree/tiles/chip/a.c"
    printf '#include "sim/batch/a.h"\n#include "sim/sweep/a.h"\n' >"$tree/sim/run/a.c"
    printf '#include <systemc>\n#include "tiles/b.h"\n#include "workloads/a.h"\n' >"$tree/tiles/sc/a.hpp"
    printf '#include "tiles/a.h"\n#include "models/a.h"\n#include "tests/a.h"\n' >"$tree/workloads/a.c"
    printf '#include <systemc.h>\n#include "sim/cli/a.h"\n' >"$tree/sim/platform/a.cpp"
    printf '#include "workloads/a.h"\n#include <tlm_utils/a.h>\n#include "tests/a.h"\n' >"$tree/sim/cli/a.c"
    want='core/a.c:3: core/ must not include models/a.h
core/a.c:4: core/ must not include <fftw3.h>
models/a.h:1: "b.h" is not relative to the root of the tree
sim/cli/a.c:2: sim/cli/ must not include <tlm_utils/a.h>
sim/cli/a.c:3: sim/cli/ must not include tests/a.h
sim/platform/a.cpp:2: sim/platform/ must not include sim/cli/a.h
sim/run/a.c:2: sim/run/ must not include sim/sweep/a.h
tiles/chip/a.c:2: tiles/chip/ must not include tiles/energy/b.h
tiles/sc/a.hpp:3: tiles/sc/ must not include workloads/a.h
tiles/tile/a.c:1: tiles/tile/ must not include tiles/sc/a.hpp
tiles/tile/a.c:2: tiles/tile/ must not include <systemc>
tiles/tile/a.c:3: tiles/tile/ must not include tiles/chip/b.h
workloads/a.c:1: workloads/ must not include tiles/a.h
workloads/a.c:3: workloads/ must not include tests/a.h'
    got=$(check "$tree")
    if [ "$got" = "$want" ]; then
        echo "14 planted violations found"
    else
        diff <(echo "$want") <(echo "$got") || true
        exit 1
    fi
}

if [ "$1" = --self-test ]; then
    self_test
    exit
fi
violations=$(check "$1")
if [ -n "$violations" ]; then
    echo "$violations"
    exit 1
fi
echo "every include keeps to its layer"
