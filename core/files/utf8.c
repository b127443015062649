/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/files/utf8.h"

/* Table 3-7 of the Unicode standard: the second byte's range depends on the first. */
size_t ohm_utf8_length(const char *text, size_t n)
{
    const unsigned char *c = (const unsigned char *)text;
    if (n == 0) return 0;
    if (c[0] < 0x80) return 1;
    size_t length = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
    if (c[0] < 0xc2 || c[0] > 0xf4 || length > n) return 0;
    unsigned low = c[0] == 0xe0 ? 0xa0 : c[0] == 0xf0 ? 0x90 : 0x80;
    unsigned high = c[0] == 0xed ? 0x9f : c[0] == 0xf4 ? 0x8f : 0xbf;
    if (c[1] < low || c[1] > high) return 0;
    for (size_t i = 2; i < length; i++)
        if (c[i] < 0x80 || c[i] > 0xbf) return 0;
    return length;
}
