#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A public header includes public headers only: the quick half of install.sh.
# usage: closure.sh SOURCE_DIR
set -euo pipefail
cd "$1"
public=$(sed -n '/^set(headers/,/^set(platform_headers/p' cmake/OhmInstall.cmake | grep -oE '[a-z0-9_/]+\.h' | sort -u)
[ "$(wc -l <<<"$public")" -gt 50 ]
missing=$(for h in $public; do sed -n 's/^ *# *include "\(.*\)".*/\1/p' "$h"; done | sort -u | comm -23 - <(echo "$public"))
[ -z "$missing" ] || { echo "public headers include these, which cmake/OhmInstall.cmake does not list: $missing"; exit 1; }
echo "$(wc -l <<<"$public") public headers include no others"
