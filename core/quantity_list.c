/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/quantity_list.h"

#include <ctype.h>
#include <string.h>

bool ohm_units_agree(const char *list)
{
    size_t items = 0, bare = 0;
    for (const char *at = list;; at++) {
        size_t n = strcspn(at, ","), length = n;
        while (length > 0 && isspace((unsigned char)at[length - 1]))
            length--;
        items++;
        bare += length > 0 && (isdigit((unsigned char)at[length - 1]) || at[length - 1] == '.');
        at += n;
        if (!*at) break;
    }
    return bare == 0 || bare == items;
}
