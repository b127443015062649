#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every header compiles alone: C headers as C17 and as C++17; those of the SystemC folders that do not
# promise C (extern "C") as C++17.
# usage: headers.sh SOURCE_DIR CC CXX WITH_SYSTEMC FLAGS...
set -u
root=$1 cc=$2 cxx=$3 systemc=$4
shift 4
cd "$root" || exit 1
mapfile -t cxx_headers < <(find tiles/sc sim/platform -name '*.h' -print0 | xargs -0 grep -L 'extern "C"' | sort)
mapfile -t c_headers < <(find core models tiles workloads sim -name '*.h' | sort |
    grep -vxF -f <(printf '%s\n' "${cxx_headers[@]}"))
public=()
failed=0
"$cc" -std=gnu17 -fsyntax-only -Wall -Wextra -I. "$@" -D_GNU_SOURCE \
    $(printf -- '-x c %s ' "${c_headers[@]}") || failed=1
for h in "${c_headers[@]}"; do
    # headers with extern "C" promise to serve C++ too
    grep -q 'extern "C"' "$h" && public+=("$h")
done
"$cxx" -std=c++17 -fsyntax-only -Wall -Wextra -I. "$@" \
    $(printf -- '-x c++ %s ' "${public[@]}") || failed=1
if [ "$systemc" = ON ] && [ ${#cxx_headers[@]} -gt 0 ]; then
    "$cxx" -std=c++17 -fsyntax-only -I. "$@" $(printf -- '-x c++ %s ' "${cxx_headers[@]}") || failed=1
fi
echo "${#c_headers[@]} C headers, ${#public[@]} of them for C++ too, ${#cxx_headers[@]} SystemC headers"
exit $failed
