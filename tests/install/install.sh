#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs into a folder, moves it, and uses it as somebody would who never saw the build tree: the
# command, the libraries by CMake and by pkg-config, the examples. The moved tree must not name the
# build or source folder anywhere that is read at run or build time.
# usage: install.sh SOURCE_DIR BUILD_DIR CC CXX WITH_SYSTEMC LIBDIR
set -euo pipefail
source=$1 build=$2 cc=$3 cxx=$4 systemc=$5 libdir=$6
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
step() { printf -- '--- %s\n' "$*"; }
fail() {
    printf 'FAILED: %s\n' "$*"
    failed=1
}

step "DESTDIR"
DESTDIR=$work/stage cmake --install "$build" --prefix /usr >/dev/null
[ -x "$work/stage/usr/bin/ohmstate" ] || fail "DESTDIR was not honoured"
rm -rf "$work/stage"

step "install and move"
cmake --install "$build" --prefix "$work/first" >/dev/null
mkdir "$work/some"
mv "$work/first" "$work/some/where else" # a space, for good measure
prefix="$work/some/where else"
cd "$work"
if grep -rlF -e "$source" -e "$build" -e "$work/first" "$prefix/$libdir/cmake" "$prefix/$libdir/pkgconfig"; then
    fail "these know where they were built"
fi
if readelf -d "$prefix/bin/ohmstate" | grep -E 'RPATH|RUNPATH'; then fail "the command has an rpath"; fi

step "the command, from another folder and an empty environment"
ohmstate() { env -i PATH=/usr/bin:/bin HOME="$work" "$prefix/bin/ohmstate" "$@"; }
[ "$(ohmstate presets --json | grep -c '"kind": "chip"')" -gt 0 ] || fail "it has no presets"
ohmstate train digits -q -o m.safetensors --seed 1 --set data.pool=1 \
    --set data.source="synthetic:tones,train=60,test=24,length=32" --set model.heads=6 \
    --set model.states=4 --set model.layers=1 --set float.epochs=2 --set qat.epochs=1 >/dev/null
ohmstate sim m.safetensors edge_22nm -q --seed 1 --sequences 20 --time "1 h" --predictions want.csv >/dev/null

step "every public header alone"
(
    cd "$prefix/include/ohmstate"
    mapfile -t headers < <(find . -name '*.h' | sed 's|^\./||' | sort)
    export PKG_CONFIG_PATH="$prefix/$libdir/pkgconfig"
    read -ra flags <<<"$(pkg-config --cflags gsl jansson)"
    for h in "${headers[@]}"; do
        if [[ $h != tiles/sc/* && $h != sim/platform/tlm_device.h ]]; then
            "$cc" -std=c17 -fsyntax-only -Wall -Wextra -Werror -I. "${flags[@]}" -x c "$h"
        fi
        "$cxx" -std=c++17 -fsyntax-only -I. "${flags[@]}" -x c++ "$h"
    done
    echo "${#headers[@]} headers"
) || fail "a public header needs what is not installed"

step "a C program, by CMake"
example="$prefix/share/doc/ohmstate/examples/batch_engine"
cmake -S "$example" -B by_cmake -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" >cmake.log 2>&1 &&
    cmake --build by_cmake >>cmake.log 2>&1 || { tail -n 20 cmake.log; fail "CMake"; }
by_cmake/predict m.safetensors edge_22nm 20 >got.csv
cmp got.csv want.csv || fail "other predictions than the command's"

step "a C program, by pkg-config"
# pkg-config hands out words for a shell, so a space in the prefix arrives as an escape
export PKG_CONFIG_PATH="$prefix/$libdir/pkgconfig"
eval "$cc -std=gnu17 -Wall -Wextra -Werror '$example/predict.c' -o by_pc $(pkg-config --cflags --libs ohmstate)"
./by_pc m.safetensors edge_22nm 20 >got.csv
cmp got.csv want.csv || fail "other predictions than the command's"

step "a device plugin"
plugin="$prefix/share/doc/ohmstate/examples/device_plugin"
cmake -S "$plugin" -B plugin -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" >plugin.log 2>&1 &&
    cmake --build plugin >>plugin.log 2>&1 || { tail -n 20 plugin.log; fail "the plugin by CMake"; }
eval "$cc -std=c17 -O2 -fPIC -shared $(pkg-config --cflags ohmstate) '$plugin/stretched.c' -o stretched.so -lgsl -lm"
for object in plugin/stretched.so stretched.so; do
    [ "$object" = stretched.so ] || cp "$object" .
    cp "$plugin/stretched.yaml" .
    ohmstate device show ./stretched.yaml | grep -q 'exp(-(t/tau)^beta)' || fail "$object is not loaded"
done

if [ "$systemc" = ON ]; then
    step "the SystemC chip from C, by CMake and by pkg-config"
    by_cmake/predict_platform m.safetensors edge_22nm 4 >/dev/null
    eval "$cc -std=gnu17 -DWITH_PLATFORM '$example/predict.c' -o by_pc $(pkg-config --cflags --libs ohmstate-platform)"
    ./by_pc m.safetensors edge_22nm 4 >/dev/null

    step "the virtual platform, by CMake and by pkg-config"
    host="$prefix/share/doc/ohmstate/examples/virtual_platform"
    cmake -S "$host" -B vp -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" \
        -DCMAKE_CXX_COMPILER="$cxx" >vp.log 2>&1 &&
        cmake --build vp >>vp.log 2>&1 || { tail -n 20 vp.log; fail "the virtual platform by CMake"; }
    vp/virtual_platform m.safetensors edge_22nm | grep 'equal the batch' || fail "it does not run"
    eval "$cxx -std=c++17 '$host/'*.cpp -o vp_pc $(pkg-config --cflags --libs ohmstate-platform)"
    ./vp_pc m.safetensors edge_22nm --dma | grep 'equal the batch' || fail "it does not run"
else
    step "no SystemC: the component is refused with the reason"
    mkdir none
    printf 'cmake_minimum_required(VERSION 3.21)\nproject(p C)\nfind_package(ohmstate REQUIRED COMPONENTS platform)\n' >none/CMakeLists.txt
    if cmake -S none -B none/b -DCMAKE_PREFIX_PATH="$prefix" >none.log 2>&1; then fail "it was found"; fi
    grep -q 'built without SystemC' none.log || fail "no reason was given"
fi
exit $failed
